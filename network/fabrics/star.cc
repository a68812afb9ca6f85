#include "network/fabrics/parts.h"
#include "network/fabrics/rows.h"

namespace syncline::network {
namespace {

void attach(Cluster& cluster, const FabricSpec& spec) {
  const NodeId middle = add_switch(cluster, "switch");
  for (int host = 0; host < host_count(cluster); ++host) connect_host(cluster, host, middle, spec.link);
  cluster.description += " on one switch, " + to_text(spec.link);
}

}  // namespace

const FabricRow kStar = {
    "star",
    "all hosts on one switch",
    "one switch whose own fabric never blocks: its ports are the limit",
    {},
    "switch",
    "HOST to switch",
    "to the switch and down",
    attach,
};

}  // namespace syncline::network
