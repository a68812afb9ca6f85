#include "network/fabrics/parts.h"
#include "network/fabrics/rows.h"

namespace syncline::network {
namespace {

void attach(Cluster& cluster, const FabricSpec& spec) {
  const int hosts = host_count(cluster);
  if (hosts < 2) refuse("first_site", "two sites need two hosts");
  if (spec.first_site < 1 || spec.first_site >= hosts) {
    refuse("first_site", "the first site must have 1 to " + std::to_string(hosts - 1) + " of the " + std::to_string(hosts) +
                             " hosts, not " + std::to_string(spec.first_site));
  }
  const std::vector<NodeId> sites = add_switches(cluster, "site", 2);
  for (int host = 0; host < hosts; ++host) {
    connect_host(cluster, host, sites[host < spec.first_site ? 0 : 1], spec.link);
  }
  connect(cluster, sites[0], sites[1], spec.far_link);
  cluster.description += " at two sites, the first with " + std::to_string(spec.first_site) + " hosts, " + to_text(spec.link) +
                         ", sites joined by " + to_text(spec.far_link);
}

}  // namespace

const FabricRow kTwoSites = {
    "two-sites",
    "a switch at each of two sites, joined by one cable",
    "two stars and a wide-area link",
    {"first_site", "far_bandwidth", "far_latency"},
    "site0, site1",
    "HOST to site*; site0 to site1",
    "to the site's switch, and to the other site by the one cable",
    attach,
};

}  // namespace syncline::network
