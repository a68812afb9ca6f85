#include "network/builders.h"

#include "sim/error.h"
#include "sim/units_text.h"

namespace syncline::network {
namespace {

void check_positive(int count, const char* what) {
  if (count <= 0) throw UserError(std::string("the number of ") + what + " must be positive, not " + std::to_string(count));
}

void add_worker(Cluster& cluster, NodeKind kind, int host, NodeId attached_to, LinkSpec link) {
  const NodeId worker = cluster.topology.add_node(kind, "worker" + std::to_string(cluster.workers.size()));
  cluster.topology.add_duplex(worker, attached_to, link.bandwidth, link.latency);
  cluster.workers.push_back(worker);
  cluster.host_of_worker.push_back(host);
}

NodeId add_switch(Cluster& cluster, const std::string& name) { return cluster.topology.add_node(NodeKind::network_switch, name); }

std::string text(LinkSpec link) { return to_text(link.bandwidth) + " links of " + to_text(link.latency); }

}  // namespace

Cluster star(int workers, LinkSpec link) {
  check_positive(workers, "workers");
  Cluster cluster;
  const NodeId middle = add_switch(cluster, "switch");
  for (int i = 0; i < workers; ++i) add_worker(cluster, NodeKind::host, i, middle, link);
  cluster.description = std::to_string(workers) + " workers on one switch, " + text(link);
  return cluster;
}

Cluster racks(int racks, int workers_per_rack, LinkSpec link, LinkSpec uplink) {
  check_positive(racks, "racks");
  check_positive(workers_per_rack, "workers in a rack");
  Cluster cluster;
  const NodeId core = add_switch(cluster, "core");
  for (int rack = 0; rack < racks; ++rack) {
    const NodeId top = add_switch(cluster, "rack" + std::to_string(rack));
    cluster.topology.add_duplex(top, core, uplink.bandwidth, uplink.latency);
    for (int i = 0; i < workers_per_rack; ++i) add_worker(cluster, NodeKind::host, rack * workers_per_rack + i, top, link);
  }
  cluster.description = std::to_string(racks) + " racks of " + std::to_string(workers_per_rack) + " workers, " + text(link) +
                        ", racks joined by " + text(uplink);
  return cluster;
}

Cluster multi_gpu_nodes(int nodes, int gpus_per_node, LinkSpec inside, LinkSpec nic) {
  check_positive(nodes, "machines");
  check_positive(gpus_per_node, "GPUs in a machine");
  Cluster cluster;
  const NodeId core = add_switch(cluster, "core");
  for (int node = 0; node < nodes; ++node) {
    const NodeId inner = add_switch(cluster, "node" + std::to_string(node));
    cluster.topology.add_duplex(inner, core, nic.bandwidth, nic.latency);
    for (int i = 0; i < gpus_per_node; ++i) add_worker(cluster, NodeKind::gpu, node, inner, inside);
  }
  cluster.description = std::to_string(nodes) + " machines of " + std::to_string(gpus_per_node) + " GPUs, " + text(inside) +
                        " inside, " + text(nic) + " between";
  return cluster;
}

void set_worker_link(Cluster& cluster, int worker, LinkSpec spec) {
  const int workers = static_cast<int>(cluster.workers.size());
  if (worker < 0 || worker >= workers) {
    throw UserError("there is no worker " + std::to_string(worker) + ": they are 0 to " + std::to_string(workers - 1));
  }
  const NodeId node = cluster.workers[static_cast<std::size_t>(worker)];
  const std::int32_t links = static_cast<std::int32_t>(cluster.topology.links().size());
  for (LinkId id{0}; id.value < links; ++id.value) {
    const Link& link = cluster.topology.link(id);
    if (link.from == node || link.to == node) cluster.topology.set_link(id, spec.bandwidth, spec.latency);
  }
}

}  // namespace syncline::network
