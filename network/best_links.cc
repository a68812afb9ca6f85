#include "network/best_links.h"

#include <algorithm>
#include <set>
#include <vector>

namespace syncline::network {

BestLinks::BestLinks(const Cluster& cluster, const CommunicationStack& stack, const ChangingLinks& changes)
    : may_go_around_(changes.on_link_down == OnLinkDown::reroute),
      launch_(stack.launch),
      cluster_(cluster),
      flows_(simulator_, cluster_.topology),
      communicator_(simulator_, flows_, cluster_, stack) {
  // Not in the topology, whose latencies say which ways are taken, as they are before anything changes.
  const std::vector<LinkSpec> best = best_links(cluster_.topology, changes);
  for (LinkId id{0}; id.value < static_cast<int>(best.size()); ++id.value) {
    const LinkSpec& link = best[static_cast<std::size_t>(id.value)];
    flows_.set_link(id, link.bandwidth, link.latency);
  }
}

double BestLinks::least_seconds(std::span<const CollectiveCall> calls) const {
  return may_go_around_ ? any_ways(calls) : communicator_.least_seconds(calls);
}

double BestLinks::least_link_seconds(std::span<const CollectiveCall> calls) const {
  return may_go_around_ ? 0 : communicator_.least_link_seconds(calls);
}

double BestLinks::any_ways(std::span<const CollectiveCall> calls) const {
  std::vector<double> bandwidth(cluster_.topology.nodes().size(), 0);  // [node] of its links to others
  for (LinkId id{0}; const Link& link : cluster_.topology.links()) {
    bandwidth[static_cast<std::size_t>(link.from.value)] += flows_.capacity(id).in_bytes_per_second();
    ++id.value;
  }
  double seconds = 0;
  for (std::size_t worker = 0; worker < cluster_.workers.size(); ++worker) {
    double bytes = 0;
    for (const CollectiveCall& call : calls) bytes += communicator_.load(call).sent_bytes[worker];
    if (bytes == 0) continue;
    std::set<NodeId> from = {cluster_.workers[worker]};
    for (const Gate& gate : cluster_.gates.of(cluster_.workers[worker])) from.insert(gate.gpu);
    double leaves = 0;
    for (const NodeId node : from) leaves += bandwidth[static_cast<std::size_t>(node.value)];
    seconds = std::max(seconds, bytes / leaves);
  }
  return static_cast<double>(calls.size()) * launch_.seconds() + seconds;
}

}  // namespace syncline::network
