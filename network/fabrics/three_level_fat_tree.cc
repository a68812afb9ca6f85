#include "network/fabrics/parts.h"
#include "network/fabrics/rows.h"

namespace syncline::network {
namespace {

/// Pods of leaves and spines; spine s of every pod is on the cores s * cores to s * cores + cores - 1, and on no others.
void attach(Cluster& cluster, const FabricSpec& spec) {
  check_positive(spec.spines, "spines in a pod", "spines");
  check_positive(spec.cores, "cores above a spine", "cores");
  check_positive(spec.pod_leaves, "leaves in a pod", "pod_leaves");
  const int pods = groups_of(host_count(cluster), spec.leaf_hosts * spec.pod_leaves, "pod", "leaf_hosts");
  const Time latency = spec.uplink.latency;
  const LinkSpec uplink =
      uplink_for(spec.link, spec.leaf_hosts * nics_per_host(cluster), spec.spines, spec.oversubscription, latency);
  const LinkSpec core_link = uplink_for(uplink, spec.pod_leaves, spec.cores, spec.core_oversubscription, latency);
  const std::vector<NodeId> cores = add_switches(cluster, "core", spec.spines * spec.cores);
  for (int pod = 0, host = 0; pod < pods; ++pod) {
    const std::string name = "pod" + std::to_string(pod);
    const std::vector<NodeId> spines = add_switches(cluster, name + ".spine", spec.spines);
    for (std::size_t core = 0; core < cores.size(); ++core) {
      connect(cluster, spines[core / static_cast<std::size_t>(spec.cores)], cores[core], core_link);
    }
    for (const NodeId leaf : add_switches(cluster, name + ".leaf", spec.pod_leaves)) {
      for (const NodeId spine : spines) connect(cluster, leaf, spine, uplink);
      for (int i = 0; i < spec.leaf_hosts; ++i) connect_host(cluster, host++, leaf, spec.link);
    }
  }
  cluster.description += " in " + std::to_string(pods) + " pods of " + std::to_string(spec.pod_leaves) + " leaves, " +
                         to_text(spec.link) + ", leaves to spines by " + to_text(uplink) + ", spines to " +
                         std::to_string(cores.size()) + " cores by " + to_text(core_link);
}

}  // namespace

const FabricRow kThreeLevelFatTree = {
    "fat-tree-3",
    "three levels: pods of leaves and spines, joined by cores; all counts k/2 and k pods make the k-ary fat tree",
    "Al-Fares, Loukissas and Vahdat, A scalable, commodity data center network architecture, SIGCOMM 2008",
    {"leaf_hosts", "pod_leaves", "spines", "cores", "oversubscription", "core_oversubscription", "uplink_latency"},
    "pod0.leaf0, ...; pod0.spine0, ...; core0, core1, ...",
    "HOST to pod*.leaf*; pod*.leaf* to pod*.spine*; pod*.spine* to core*",
    "up no higher than needed: leaf, spine of the pod, core; `routing` picks the spine and the core: shortest: always the first; "
    "ecmp: any",
    attach,
};

}  // namespace syncline::network
