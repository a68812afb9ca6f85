// One play of a collective's schedule, flow by flow: exactly what the network makes of it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "network/collectives/schedule.h"
#include "network/flow_network.h"
#include "network/stack.h"

namespace syncline::network {

/// What so many elements are on the wire.
struct WireSize {
  int element_bytes = 4;
  double efficiency = 1;  // payload's share of the wire's bytes, in (0, 1]
  /// Rounded up to whole bytes.
  Bytes operator()(std::int64_t elements) const;
};

/// What a play is played on: ranks are workers on nodes.
struct Stage {
  sim::Simulator& simulator;
  FlowNetwork& flows;
  std::span<const NodeId> nodes;  // [rank]
};

/// From begin to end.
struct Interval {
  Time begin, end;
};

/// Calls f(peer, elements) for each message that the pieces make up.
template <class Function>
void for_each_message(std::span<const Piece> pieces, Function&& f) {
  for (std::size_t i = 0; i < pieces.size();) {
    const int peer = pieces[i].peer;
    std::int64_t elements = 0;
    for (; i < pieces.size() && pieces[i].peer == peer; ++i) elements += pieces[i].count;
    f(peer, elements);
  }
}

/// Memory: a few bytes for each actor. Time: O(1) for each message, besides what the flow network needs.
class CollectivePlay {
 public:
  using RankEnded = std::function<void(int rank)>;

  /// `ended` is told when a rank has nothing left to do.
  /// `schedule` must outlive this, and this the run.
  /// Of the terms, the step and the cap; the launch is before a rank joins, and `wire` has the efficiency.
  CollectivePlay(Stage stage, const Schedule& schedule, WireSize wire, const Terms& terms, RankEnded ended);
  CollectivePlay(const CollectivePlay&) = delete;
  CollectivePlay& operator=(const CollectivePlay&) = delete;

  /// From now on the rank takes part. Once for each rank.
  void join(int rank);

  /// When messages to or from the rank were on their way, so far: in order, apart from one another.
  const std::vector<Interval>& moved(int rank) const { return ranks_[static_cast<std::size_t>(rank)].moved; }

 private:
  struct Actor {
    std::int32_t step = -1;  // it is at; -1: its rank has not joined
    std::int32_t open = 0;   // messages of this step that have not arrived
  };
  struct Rank {
    std::int32_t lanes_left = 0;
    std::int32_t moving = 0;  // messages on their way
    Time moving_since;
    std::vector<Interval> moved;
  };

  void advance(int actor);
  void start(int from, int to, std::int64_t elements);
  void last_byte(int from, int to);
  void arrive(int from, int to);
  void end_lane(int rank);
  void begin_moving(Rank& rank);
  void end_moving(Rank& rank);

  NodeId node(int actor) const { return stage_.nodes[static_cast<std::size_t>(schedule_.rank_of(actor))]; }
  Actor& at(int actor) { return actors_[static_cast<std::size_t>(actor)]; }
  Rank& rank_of(int actor) { return ranks_[static_cast<std::size_t>(schedule_.rank_of(actor))]; }

  Stage stage_;
  const Schedule& schedule_;
  WireSize wire_;
  Time step_;
  double cap_;
  RankEnded ended_;
  std::vector<Actor> actors_;
  std::vector<Rank> ranks_;
  Moves moves_;  // room for advance()
};

}  // namespace syncline::network
