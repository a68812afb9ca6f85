#include "network/fabrics/parts.h"
#include "network/fabrics/rows.h"

namespace syncline::network {
namespace {

void attach(Cluster& cluster, const FabricSpec& spec) {
  check_positive(spec.racks, "racks", "racks");
  const int hosts = host_count(cluster);
  if (hosts % spec.racks != 0) {
    refuse("racks", std::to_string(hosts) + " hosts cannot be shared out evenly by " + std::to_string(spec.racks) + " racks");
  }
  const NodeId core = add_switch(cluster, "core");
  for (int rack = 0, host = 0; rack < spec.racks; ++rack) {
    const NodeId top = add_switch(cluster, "rack" + std::to_string(rack));
    connect(cluster, top, core, spec.uplink);
    for (int i = 0; i < hosts / spec.racks; ++i) connect_host(cluster, host++, top, spec.link);
  }
  cluster.description +=
      " in " + std::to_string(spec.racks) + " racks, " + to_text(spec.link) + ", racks joined by " + to_text(spec.uplink);
}

}  // namespace

const FabricRow kRacks = {
    "racks",
    "a switch per rack, joined by one uplink each to a core switch",
    "a tree of two levels",
    {"racks", "uplink_bandwidth", "uplink_latency"},
    "core; rack0, rack1, ...",
    "HOST to rack*; rack* to core",
    "up to the rack's switch, over the core where the other is in another rack, and down",
    attach,
};

}  // namespace syncline::network
