#include "network/fabrics/parts.h"

#include "sim/error.h"

namespace syncline::network {

int host_count(const Cluster& cluster) { return static_cast<int>(cluster.nics.size()); }

int nics_per_host(const Cluster& cluster) {
  for (const std::vector<NodeId>& nics : cluster.nics) {
    if (nics.size() != cluster.nics.front().size()) throw UserError("hosts differ in their number of NICs");
  }
  return static_cast<int>(cluster.nics.front().size());
}

NodeId add_switch(Cluster& cluster, const std::string& name) { return cluster.topology.add_node(NodeKind::network_switch, name); }

std::vector<NodeId> add_switches(Cluster& cluster, const std::string& name, int count) {
  std::vector<NodeId> switches;
  for (int i = 0; i < count; ++i) switches.push_back(add_switch(cluster, name + std::to_string(i)));
  return switches;
}

void connect_host(Cluster& cluster, int host, NodeId to, LinkSpec link) {
  for (const NodeId nic : cluster.nics[static_cast<std::size_t>(host)]) connect(cluster, nic, to, link);
}

int groups_of(int hosts, int size, const std::string& group, std::string_view key) {
  check_positive(size, "hosts in a " + group, key);
  if (hosts % size != 0) {
    refuse(key, std::to_string(hosts) + " hosts cannot be shared out by " + std::to_string(size) + " to a " + group);
  }
  return hosts / size;
}

LinkSpec uplink_for(LinkSpec below, int ports, int cables, double oversubscription, Time latency) {
  if (!(oversubscription > 0)) refuse("oversubscription", "an oversubscription must be positive");
  return {Bandwidth::bytes_per_second(below.bandwidth.in_bytes_per_second() * ports / (cables * oversubscription)), latency};
}

}  // namespace syncline::network
