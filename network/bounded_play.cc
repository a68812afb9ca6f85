#include "network/bounded_play.h"

#include <algorithm>
#include <limits>
#include <map>

namespace syncline::network {
namespace {

using Counts = std::vector<int>;  // [link]

class Routes {
 public:
  Routes(const Schedule& schedule, FlowNetwork& flows, std::span<const NodeId> nodes)
      : schedule_(schedule), flows_(flows), nodes_(nodes) {}

  const std::vector<LinkId>& operator()(int from, int to) const { return flows_.route(node(from), node(to)); }
  std::size_t links() const { return flows_.topology().links().size(); }

 private:
  NodeId node(int actor) const { return nodes_[static_cast<std::size_t>(schedule_.rank_of(actor))]; }

  const Schedule& schedule_;
  FlowNetwork& flows_;
  std::span<const NodeId> nodes_;
};

enum class End { sends, receives };

/// Of the messages that each actor has at this end: the sum over actors of the most that it has on a link at any one step.
Counts most_at_once(const Schedule& schedule, const Routes& routes, End end) {
  Counts sum(routes.links(), 0);
  Moves moves;
  for (int actor = 0; actor < schedule.actors(); ++actor) {
    std::map<std::int32_t, int> most;  // of the links that this actor uses
    for_each_run(schedule, [&](int step, int) {
      schedule.moves(actor, step, moves);
      std::map<std::int32_t, int> now;
      for_each_message(end == End::sends ? moves.sends : moves.receives, [&](int peer, std::int64_t) {
        const int from = end == End::sends ? actor : peer, to = end == End::sends ? peer : actor;
        for (const LinkId link : routes(from, to)) ++now[link.value];
      });
      for (const auto& [link, count] : now) most[link] = std::max(most[link], count);
    });
    for (const auto& [link, count] : most) sum[static_cast<std::size_t>(link)] += count;
  }
  return sum;
}

/// Actors' clocks, all by the greatest or all by the least durations. Picoseconds.
class Clocks {
 public:
  struct Message {
    std::size_t from = 0, to = 0;  // actors
    std::int64_t duration = 0;
  };

  Clocks(const Schedule& schedule, std::span<const Time> joined) {
    for (int actor = 0; actor < schedule.actors(); ++actor) {
      now_.push_back(joined[static_cast<std::size_t>(schedule.rank_of(actor))].count());
    }
  }

  /// The same messages at each of so many steps.
  void take_steps(const std::vector<Message>& messages, int times) {
    while (times-- > 0) {
      before_ = now_;
      for (const Message& message : messages) {
        const std::int64_t end = std::max(before_[message.from], before_[message.to]) + message.duration;
        now_[message.from] = std::max(now_[message.from], end);
        now_[message.to] = std::max(now_[message.to], end);
      }
      if (times > 0 && all_gained_the_same()) {
        const Time more = Time::picoseconds(now_[0] - before_[0]) * times;
        for (std::int64_t& time : now_) time += more.count();
        return;
      }
    }
  }

  Time operator[](int actor) const { return Time::picoseconds(now_[static_cast<std::size_t>(actor)]); }

 private:
  bool all_gained_the_same() const {
    for (std::size_t actor = 1; actor < now_.size(); ++actor) {
      if (now_[actor] - before_[actor] != now_[0] - before_[0]) return false;
    }
    return true;
  }

  std::vector<std::int64_t> now_, before_;
};

}  // namespace

std::vector<TimeBounds> bounded_play(const Schedule& schedule, const Terms& terms, FlowNetwork& flows,
                                     std::span<const NodeId> nodes, std::span<const Time> joined) {
  const Routes routes(schedule, flows, nodes);
  Counts sharers = most_at_once(schedule, routes, End::sends);
  const Counts by_receivers = most_at_once(schedule, routes, End::receives);
  for (std::size_t link = 0; link < sharers.size(); ++link) sharers[link] = std::min(sharers[link], by_receivers[link]);

  const auto duration = [&](int from, int to, Bytes bytes, bool shared) {
    double rate = terms.cap;
    bool alone = true;
    const std::vector<LinkId>& route = routes(from, to);
    for (const LinkId link : route) {
      const int flows_on_it = shared ? sharers[static_cast<std::size_t>(link.value)] : 1;
      if (flows_on_it > 1) alone = false;
      rate = std::min(rate, flows.capacity(link).in_bytes_per_second() / flows_on_it);
    }
    const Time latency = std::max(flows.latency(route), terms.step);
    if (bytes == Bytes(0) || rate == std::numeric_limits<double>::infinity()) return latency;
    // Whoever shares has rates reckoned anew, each time to some 2^-53 and rounded up to a picosecond.
    const double slack = alone ? 1 : 1 - 1e-9;
    return latency + transfer_time(bytes, Bandwidth::bytes_per_second(rate * slack));
  };

  Clocks least(schedule, joined), most(schedule, joined);
  Moves moves;
  for_each_run(schedule, [&](int step, int times) {
    std::vector<Clocks::Message> fastest, slowest;
    for (int actor = 0; actor < schedule.actors(); ++actor) {
      schedule.moves(actor, step, moves);
      for_each_message(moves.sends, [&](int peer, std::int64_t elements) {
        const auto from = static_cast<std::size_t>(actor), to = static_cast<std::size_t>(peer);
        fastest.push_back({from, to, duration(actor, peer, terms.on_wire(elements), false).count()});
        slowest.push_back({from, to, duration(actor, peer, terms.on_wire(elements), true).count()});
      });
    }
    least.take_steps(fastest, times);
    most.take_steps(slowest, times);
  });

  std::vector<TimeBounds> bounds(static_cast<std::size_t>(schedule.ranks), {Time::zero(), Time::zero()});
  for (int actor = 0; actor < schedule.actors(); ++actor) {
    TimeBounds& rank = bounds[static_cast<std::size_t>(schedule.rank_of(actor))];
    rank.least = std::max(rank.least, least[actor]);
    rank.most = std::max(rank.most, most[actor]);
  }
  return bounds;
}

}  // namespace syncline::network
