#include "network/bounded_play.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "network/lazy_clocks.h"

namespace syncline::network {
namespace {

using Counts = std::vector<int>;  // [link]

class Routes {
 public:
  Routes(const Schedule& schedule, const Terms& terms, FlowNetwork& flows, std::span<const NodeId> nodes)
      : schedule_(schedule), gates_(terms.gates), flows_(flows), nodes_(nodes) {}

  Route operator()(int from, int to) const { return flows_.route(node(from), node(to), gates_); }
  std::size_t links() const { return flows_.topology().links().size(); }

 private:
  NodeId node(int actor) const { return nodes_[static_cast<std::size_t>(schedule_.place_of(actor))]; }

  const Schedule& schedule_;
  const Gates* gates_;
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
        for (const LinkId link : routes(from, to).links) ++now[link.value];
      });
      for (const auto& [link, count] : now) most[link] = std::max(most[link], count);
    });
    for (const auto& [link, count] : most) sum[static_cast<std::size_t>(link)] += count;
  }
  return sum;
}

/// What one step has of messages, seen from each of their ends.
class StepMessages {
 public:
  explicit StepMessages(int actors) : ends_(static_cast<std::size_t>(actors)) {}

  void add(int from, int to, std::int64_t duration) {
    const auto a = static_cast<std::size_t>(from), b = static_cast<std::size_t>(to);
    ends_[a].push_back({b, duration});
    ends_[b].push_back({a, duration});
  }
  void clear() {
    for (std::vector<End>& ends : ends_) ends.clear();
  }

  /// At each of so many steps.
  void play(LazyClocks& clocks, int times) const {
    clocks.take(
        times,
        [this](std::size_t actor, auto&& f) {
          for (const End& end : ends_[actor]) f(end.peer);
        },
        [&](std::size_t actor) {
          const std::int64_t now = clocks[actor];
          std::int64_t after = now;
          for (const End& end : ends_[actor]) after = std::max(after, std::max(now, clocks[end.peer]) + end.duration);
          return after;
        },
        [](std::size_t, std::int64_t, std::int64_t) {});
  }

 private:
  struct End {
    std::size_t peer = 0;       // actor
    std::int64_t duration = 0;  // picoseconds
  };
  std::vector<std::vector<End>> ends_;  // [actor]
};

LazyClocks clocks_of(const Schedule& schedule, std::span<const Time> joined) {
  std::vector<std::int64_t> picoseconds;
  for (int actor = 0; actor < schedule.actors(); ++actor) {
    picoseconds.push_back(joined[static_cast<std::size_t>(schedule.rank_of(actor))].count());
  }
  return LazyClocks(std::move(picoseconds));
}

}  // namespace

std::vector<TimeBounds> bounded_play(const Schedule& schedule, const Terms& terms, FlowNetwork& flows,
                                     std::span<const NodeId> nodes, std::span<const Time> joined) {
  const Routes routes(schedule, terms, flows, nodes);
  Counts sharers = most_at_once(schedule, routes, End::sends);
  const Counts by_receivers = most_at_once(schedule, routes, End::receives);
  for (std::size_t link = 0; link < sharers.size(); ++link) sharers[link] = std::min(sharers[link], by_receivers[link]);

  const auto duration = [&](int from, int to, Bytes bytes, bool shared) {
    const Route route = routes(from, to);
    const auto ways = static_cast<double>(route.ways());
    double rate = route.links.empty() ? kNoCap : flows.alone_rate(route, terms.cap);  // what stays on its node is no flow
    bool alone = true;
    for (const LinkId link : route.links) {
      const int ways_on_it = shared ? sharers[static_cast<std::size_t>(link.value)] : 1;
      if (ways_on_it <= 1) continue;
      alone = false;
      rate = std::min(rate, ways * flows.capacity(link).in_bytes_per_second() / ways_on_it);
    }
    // Whoever shares has rates reckoned anew, each time to some 2^-53 and rounded up to a picosecond.
    const double slack = alone ? 1 : 1 - 1e-9;
    Time on_links = Time::zero();
    if (bytes > Bytes(0) && rate < kNoCap) on_links = transfer_time(bytes, Bandwidth::bytes_per_second(rate * slack));
    return on_links + terms.lag(on_links, flows.latency(route));
  };

  LazyClocks least = clocks_of(schedule, joined), most = clocks_of(schedule, joined);
  StepMessages fastest(schedule.actors()), slowest(schedule.actors());
  Moves moves;
  for_each_run(schedule, [&](int step, int times) {
    fastest.clear();
    slowest.clear();
    for (int actor = 0; actor < schedule.actors(); ++actor) {
      schedule.moves(actor, step, moves);
      for_each_message(moves.sends, [&](int peer, std::int64_t elements) {
        fastest.add(actor, peer, duration(actor, peer, terms.on_wire(elements), false).count());
        slowest.add(actor, peer, duration(actor, peer, terms.on_wire(elements), true).count());
      });
    }
    fastest.play(least, times);
    slowest.play(most, times);
  });

  std::vector<TimeBounds> bounds(static_cast<std::size_t>(schedule.ranks), {Time::zero(), Time::zero()});
  for (int actor = 0; actor < schedule.actors(); ++actor) {
    TimeBounds& rank = bounds[static_cast<std::size_t>(schedule.rank_of(actor))];
    rank.least = std::max(rank.least, Time::picoseconds(least[static_cast<std::size_t>(actor)]));
    rank.most = std::max(rank.most, Time::picoseconds(most[static_cast<std::size_t>(actor)]));
  }
  return bounds;
}

}  // namespace syncline::network
