// One play of a collective's schedule, flow by flow: exactly what the network makes of it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "network/collectives/schedule.h"
#include "network/flow_network.h"
#include "network/interval.h"
#include "network/terms.h"

namespace syncline::network {

/// What a play is played on: ranks are workers on nodes.
struct Stage {
  sim::Simulator& simulator;
  FlowNetwork& flows;
  std::span<const NodeId> nodes;  // [rank], then servers apart
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

/// What one rank has had of a play.
struct RankTiming {
  Time ended;
  std::vector<Interval> moved;  // when messages to or from it were on their way: in order of begin, apart from one another
};

/// Memory: a few bytes for each actor. Time: O(1) for each message, besides what the flow network needs.
class CollectivePlay {
 public:
  using RankEnded = std::function<void(int rank, RankTiming timing)>;

  /// `ended` is told when a rank has nothing left to do. The launch of the terms is over when a rank joins.
  /// `schedule` must outlive this, and this the run. `before`: the play whose stages this one's follow, of the same algorithm and
  /// ranks; may be null.
  CollectivePlay(Stage stage, const Schedule& schedule, const Terms& terms, RankEnded ended, CollectivePlay* before = nullptr);
  ~CollectivePlay();
  CollectivePlay(const CollectivePlay&) = delete;
  CollectivePlay& operator=(const CollectivePlay&) = delete;

  /// From now on the rank takes part. Once for each rank.
  void join(int rank);

 private:
  struct Actor {
    std::int32_t step = -1;  // it is at; -1: its rank has not joined
    std::int32_t open = 0;   // messages of this step that have not arrived
    bool waits = false;      // has ended its step, and waits for the play before to leave the next stage
  };
  struct Rank {
    std::int32_t lanes_left = 0;
    std::int32_t under_way = 0;      // messages
    Time moving_since, moved_until;  // what `moved` does not have yet; the other way about: nothing
    RankTiming timing;
  };

  void advance(int actor);
  void enter(int actor);
  bool may_enter(int actor) const;
  bool asks_before(int actor, int step) const { return step > 0 && step == schedule_.asked_at && actor < schedule_.ranks; }
  /// Notes that the rank comes to the stage before the one that is asked for, or that it asks, before this step; whether it asks.
  /// There is a line.
  bool line_up(int rank, int step);
  /// Lets the play go on whose request waited behind what this rank has sent.
  void wake_asker(int rank);
  /// The actor is behind all steps before this one.
  bool has_left(int actor, int step) const;
  void start(int from, int to, std::int64_t elements);
  void pass_wire(int from, int to, Time begin);
  void arrive(int from, int to);
  void begin_moving(Rank& rank);
  void note_moved(Rank& rank);
  void end_lane(int rank);

  NodeId node(int actor) const { return stage_.nodes[static_cast<std::size_t>(schedule_.place_of(actor))]; }
  Actor& at(int actor) { return actors_[static_cast<std::size_t>(actor)]; }
  Rank& rank_of(int actor) { return ranks_[static_cast<std::size_t>(schedule_.rank_of(actor))]; }

  /// What plays share that follow each other, and have a stage that is asked for.
  struct Line {
    /// [rank] the last play that has come to the stage before; the first that has asked, and not had it; null: none.
    std::vector<CollectivePlay*> last_queued, first_asking;
  };

  Stage stage_;
  const Schedule& schedule_;
  Terms terms_;
  RankEnded ended_;
  CollectivePlay* before_;
  CollectivePlay* after_ = nullptr;
  std::vector<Actor> actors_;
  std::int32_t joined_ = 0;                    // ranks
  std::shared_ptr<Line> line_;                 // null: no stage is asked for
  std::vector<const CollectivePlay*> behind_;  // [rank] the last play that its request waits behind
  std::vector<Rank> ranks_;
  Moves moves_;  // room for advance()
};

}  // namespace syncline::network
