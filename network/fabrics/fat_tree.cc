#include "network/fabrics/parts.h"
#include "network/fabrics/rows.h"

namespace syncline::network {
namespace {

/// Leaves and spines: hosts on leaf switches, and every leaf on every spine. A leaf's cables to the spines carry together what
/// its hosts can send, over the oversubscription.
void attach(Cluster& cluster, const FabricSpec& spec) {
  check_positive(spec.spines, "spines", "spines");
  const int leaves = groups_of(host_count(cluster), spec.leaf_hosts, "leaf", "leaf_hosts");
  const LinkSpec uplink =
      uplink_for(spec.link, spec.leaf_hosts * nics_per_host(cluster), spec.spines, spec.oversubscription, spec.uplink.latency);
  const std::vector<NodeId> spines = add_switches(cluster, "spine", spec.spines);
  for (int leaf = 0, host = 0; leaf < leaves; ++leaf) {
    const NodeId top = add_switch(cluster, "leaf" + std::to_string(leaf));
    for (const NodeId spine : spines) connect(cluster, top, spine, uplink);
    for (int i = 0; i < spec.leaf_hosts; ++i) connect_host(cluster, host++, top, spec.link);
  }
  cluster.description += " on " + std::to_string(leaves) + " leaves, " + to_text(spec.link) + ", each leaf on " +
                         std::to_string(spec.spines) + " spines, " + to_text(uplink);
}

}  // namespace

const FabricRow kFatTree = {
    "fat-tree",
    "two levels: hosts on leaf switches, every leaf on every spine",
    "Clos, A study of non-blocking switching networks, Bell System Technical Journal 32(2), 1953; Leiserson, Fat-trees: "
    "universal "
    "networks for hardware-efficient supercomputing, IEEE Transactions on Computers C-34(10), 1985",
    {"leaf_hosts", "spines", "oversubscription", "uplink_latency"},
    "leaf0, leaf1, ...; spine0, spine1, ...",
    "HOST to leaf*; leaf* to spine*",
    "within a leaf by it alone; else over one spine, as `routing` picks it: shortest: always spine0; ecmp: any",
    attach,
};

}  // namespace syncline::network
