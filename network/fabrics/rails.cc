#include "network/fabrics/parts.h"
#include "network/fabrics/rows.h"
#include "sim/error.h"

namespace syncline::network {
namespace {

/// NIC r of all machines of a pod meets on one leaf switch, rail r; every rail is on every spine.
void attach(Cluster& cluster, const FabricSpec& spec) {
  const int rails = nics_per_host(cluster);
  if (rails < 2) throw UserError("rails need machines of two NICs or more");
  const int pods = groups_of(host_count(cluster), spec.pod_hosts, "pod", "pod_hosts");
  if (spec.spines < 0) refuse("spines", "the number of spines must not be negative");
  if (spec.spines == 0 && pods > 1) refuse("spines", "without spines, all machines must be in one pod");
  const std::vector<NodeId> spines = add_switches(cluster, "spine", spec.spines);
  for (int pod = 0; pod < pods; ++pod) {
    for (int rail = 0; rail < rails; ++rail) {
      const NodeId leaf = add_switch(cluster, "pod" + std::to_string(pod) + ".rail" + std::to_string(rail));
      for (const NodeId spine : spines) {
        connect(cluster, leaf, spine,
                uplink_for(spec.link, spec.pod_hosts, spec.spines, spec.oversubscription, spec.uplink.latency));
      }
      for (int i = 0; i < spec.pod_hosts; ++i) {
        const auto host = static_cast<std::size_t>(pod) * static_cast<std::size_t>(spec.pod_hosts) + static_cast<std::size_t>(i);
        connect(cluster, cluster.nics[host][static_cast<std::size_t>(rail)], leaf, spec.link);
      }
    }
  }
  cluster.description += " in " + std::to_string(pods) + " pods of " + std::to_string(rails) + " rails, " + to_text(spec.link) +
                         ", " + std::to_string(spec.spines) + " spines";
}

}  // namespace

const FabricRow kRails = {
    "rails",
    "rail-optimised: the NICs of equal number meet on one leaf switch, so GPUs of equal number are one hop apart; without "
    "spines, "
    "rail-only: other GPUs are reached through one's own machine",
    "NVIDIA DGX SuperPOD reference architecture, rail-optimised compute fabric; rail-only: Wang et al., Rail-only: a low-cost "
    "high-performance network for training LLMs with trillion parameters, arXiv:2307.12169",
    {"pod_hosts", "spines", "oversubscription", "uplink_latency"},
    "pod0.rail0, pod0.rail1, ...; spine0, spine1, ...",
    "HOST to pod*.rail*; pod*.rail* to spine*",
    "by the way of least latency: through the own machine to the NIC of the other's rail, or from rail to rail over a spine that "
    "`routing` picks",
    attach,
};

}  // namespace syncline::network
