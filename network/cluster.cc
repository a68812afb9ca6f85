#include "network/cluster.h"

#include <algorithm>

#include "sim/error.h"
#include "sim/units_text.h"

namespace syncline::network {
namespace {

/// To it and from it.
std::vector<LinkId> links_of_worker(const Cluster& cluster, int worker) {
  const int workers = static_cast<int>(cluster.workers.size());
  if (worker < 0 || worker >= workers) {
    throw UserError("there is no worker " + std::to_string(worker) + ": they are 0 to " + std::to_string(workers - 1));
  }
  const NodeId node = cluster.workers[static_cast<std::size_t>(worker)];
  std::vector<LinkId> result;
  const std::int32_t links = static_cast<std::int32_t>(cluster.topology.links().size());
  for (LinkId id{0}; id.value < links; ++id.value) {
    const Link& link = cluster.topology.link(id);
    if (link.from == node || link.to == node) result.push_back(id);
  }
  return result;
}

}  // namespace

Cluster bare_hosts(int workers) {
  check_positive(workers, "workers");
  Cluster cluster;
  for (int i = 0; i < workers; ++i) {
    cluster.workers.push_back(cluster.topology.add_node(NodeKind::host, "worker" + std::to_string(i)));
    cluster.host_of_worker.push_back(i);
    cluster.nics.push_back({cluster.workers.back()});
  }
  cluster.description = std::to_string(workers) + " workers";
  return cluster;
}

void add_servers(Cluster& cluster, int count) {
  check_positive(count, "servers");
  for (int i = 0; i < count; ++i) {
    cluster.servers.push_back(cluster.topology.add_node(NodeKind::host, "server" + std::to_string(i)));
    cluster.nics.push_back({cluster.servers.back()});
  }
}

std::vector<NodeId> nodes_of(const Cluster& cluster) {
  std::vector<NodeId> nodes = cluster.workers;
  nodes.insert(nodes.end(), cluster.servers.begin(), cluster.servers.end());
  return nodes;
}

void connect(Cluster& cluster, NodeId a, NodeId b, LinkSpec link) {
  cluster.topology.add_duplex(a, b, link.bandwidth, link.latency);
}

void set_worker_link(Cluster& cluster, int worker, LinkSpec spec) {
  for (const LinkId id : links_of_worker(cluster, worker)) cluster.topology.set_link(id, spec.bandwidth, spec.latency);
}

void let_worker_burst(Cluster& cluster, int worker, Burst burst) {
  for (const LinkId id : links_of_worker(cluster, worker)) cluster.topology.let_burst(id, burst);
}

bool has_bursts(const Cluster& cluster) {
  return std::ranges::any_of(cluster.topology.links(), [](const Link& link) { return link.burst.bytes > Bytes(0); });
}

std::string to_text(LinkSpec link) { return to_text(link.bandwidth) + " links of " + to_text(link.latency); }

void check_positive(int count, const std::string& what, std::string_view key) {
  if (count <= 0) refuse(key, "the number of " + what + " must be positive, not " + std::to_string(count));
}

void refuse(std::string_view key, const std::string& message) { throw UserError({"", 0, std::string(key)}, message); }

}  // namespace syncline::network
