#include "network/collective_load.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace syncline::network {
namespace {

class Count {
 public:
  Count(const Schedule& schedule, const Terms& terms, FlowNetwork& flows, std::span<const NodeId> nodes)
      : schedule_(schedule), terms_(terms), flows_(flows), nodes_(nodes), own_(flows.topology().links().size(), 0) {
    load_.link_seconds.assign(own_.size(), 0);
    load_.rank_seconds.assign(nodes.size(), 0);
    load_.sent_bytes.assign(nodes.size(), 0);
  }

  void add(int actor) {
    double seconds = 0;
    for_each_run(schedule_, [&](int step, int times) {
      schedule_.moves(actor, step, moves_);
      for_each_message(moves_.sends, [&](int peer, std::int64_t elements) { send(actor, peer, elements, times); });
      seconds += times * step_seconds(actor);
    });
    double& most = load_.rank_seconds[static_cast<std::size_t>(schedule_.place_of(actor))];
    most = std::max(most, seconds);
  }

  CollectiveLoad load() { return std::move(load_); }

 private:
  Route route(int from, int to) const {
    const auto node = [&](int actor) { return nodes_[static_cast<std::size_t>(schedule_.place_of(actor))]; };
    return flows_.route(node(from), node(to), terms_.gates);
  }
  double bytes(std::int64_t elements) const { return static_cast<double>(elements) / terms_.efficiency; }
  double capacity(LinkId link) const { return flows_.capacity(link).in_bytes_per_second(); }

  void send(int from, int to, std::int64_t elements, int times) {
    load_.sent_bytes[static_cast<std::size_t>(schedule_.place_of(from))] += times * bytes(elements);
    const Route crossed = route(from, to);
    const double part = bytes(elements) / static_cast<double>(crossed.ways());
    for (const LinkId link : crossed.links) {
      load_.link_seconds[static_cast<std::size_t>(link.value)] += times * part / capacity(link);
    }
  }

  /// Of the actor's messages at the step that moves_ has.
  double step_seconds(int actor) {
    longest_ = busiest_ = 0;
    least_latency_ = std::numeric_limits<double>::infinity();
    for_each_message(moves_.sends, [&](int peer, std::int64_t elements) { meet(route(actor, peer), bytes(elements)); });
    for_each_message(moves_.receives, [&](int peer, std::int64_t elements) { meet(route(peer, actor), bytes(elements)); });
    for (const LinkId link : touched_) own_[static_cast<std::size_t>(link.value)] = 0;
    touched_.clear();
    return longest_ == 0 ? 0 : std::max(longest_, least_latency_ + busiest_);
  }

  void meet(const Route& route, double wire_bytes) {
    const double latency = flows_.latency(route).seconds(), step = terms_.step.seconds();
    least_latency_ = std::min(least_latency_, terms_.step_overlaps ? latency : std::max(latency, step));
    double slowest = route.links.empty() ? 0 : wire_bytes / terms_.cap;  // what stays on its node is no flow
    for (const LinkId link : route.links) {
      const double seconds = wire_bytes / static_cast<double>(route.ways()) / flows_.peak(link).in_bytes_per_second();
      slowest = std::max(slowest, seconds);
      busiest_ = std::max(busiest_, own_[static_cast<std::size_t>(link.value)] += seconds);
      touched_.push_back(link);
    }
    longest_ = std::max(longest_, terms_.step_overlaps ? std::max(slowest + latency, step) : slowest + std::max(latency, step));
  }

  const Schedule& schedule_;
  Terms terms_;
  FlowNetwork& flows_;
  std::span<const NodeId> nodes_;
  CollectiveLoad load_;
  Moves moves_;
  // Of one step:
  std::vector<double> own_;  // [link] seconds for the actor's messages
  std::vector<LinkId> touched_;
  double longest_ = 0, busiest_ = 0, least_latency_ = 0;
};

}  // namespace

CollectiveLoad collective_load(const Schedule& schedule, const Terms& terms, FlowNetwork& flows, std::span<const NodeId> nodes) {
  Count count(schedule, terms, flows, nodes);
  for (int actor = 0; actor < schedule.actors(); ++actor) count.add(actor);
  return count.load();
}

}  // namespace syncline::network
