#include "models/training/best_links.h"

#include <algorithm>
#include <vector>

namespace syncline::models {
namespace {

/// Of the best capacities. Latencies stay, for by them ways are found, as they are before anything changes.
network::Cluster with_best_capacities(const NetworkProfile& network) {
  network::Cluster cluster = network.cluster;
  const std::vector<network::LinkSpec> best = network::best_links(cluster.topology, network.changes);
  for (network::LinkId id{0}; id.value < static_cast<int>(best.size()); ++id.value) {
    cluster.topology.set_link(id, best[static_cast<std::size_t>(id.value)].bandwidth, cluster.topology.link(id).latency);
  }
  return cluster;
}

}  // namespace

double least_seconds(std::span<const network::CollectiveCall> calls, const network::Communicator& communicator) {
  double serial = 0;
  std::vector<double> links;  // [link]
  for (const network::CollectiveCall& call : calls) {
    serial += communicator.serial_bound(call).seconds();
    const std::vector<double>& seconds = communicator.link_seconds(call);
    links.resize(seconds.size(), 0);
    for (std::size_t l = 0; l < seconds.size(); ++l) links[l] += seconds[l];
  }
  return links.empty() ? serial : std::max(serial, *std::ranges::max_element(links));
}

BestLinks::BestLinks(const NetworkProfile& network)
    : may_go_around_(!network.changes.empty() && network.changes.on_link_down == network::OnLinkDown::reroute),
      cluster_(with_best_capacities(network)),
      flows_(simulator_, cluster_.topology),
      communicator_(simulator_, flows_, cluster_, network.stack) {
  const std::vector<network::LinkSpec> best = network::best_links(network.cluster.topology, network.changes);
  for (network::LinkId id{0}; id.value < static_cast<int>(best.size()); ++id.value) {
    const network::LinkSpec& link = best[static_cast<std::size_t>(id.value)];
    flows_.set_link(id, link.bandwidth, link.latency);
  }
}

double BestLinks::least_seconds(std::span<const network::CollectiveCall> calls) const {
  return may_go_around_ ? any_ways(calls) : syncline::models::least_seconds(calls, communicator_);
}

double BestLinks::any_ways(std::span<const network::CollectiveCall> calls) const {
  double seconds = 0;
  for (std::size_t worker = 0; worker < cluster_.workers.size(); ++worker) {
    double bandwidth = 0, bytes = 0;
    for (const network::Link& link : cluster_.topology.links()) {
      if (link.from == cluster_.workers[worker]) bandwidth += link.capacity.in_bytes_per_second();
    }
    for (const network::CollectiveCall& call : calls) bytes += communicator_.sent_bytes(static_cast<int>(worker), call);
    if (bytes > 0) seconds = std::max(seconds, bytes / bandwidth);
  }
  return seconds;
}

}  // namespace syncline::models
