#include "network/fabrics/parts.h"
#include "network/fabrics/rows.h"

namespace syncline::network {
namespace {

/// Groups of `group_routers` routers, each on every other of its group. Each router has `router_globals` cables to other groups:
/// cable m of the group i to the group j is number m (g - 1) + (j without i), and router n / h of the group holds number n. Every
/// pair of groups has equally many; those left over are not laid.
void attach(Cluster& cluster, const FabricSpec& spec) {
  check_positive(spec.router_hosts, "hosts on a router", "router_hosts");
  check_positive(spec.group_routers, "routers in a group", "group_routers");
  check_positive(spec.router_globals, "global cables of a router", "router_globals");
  const int groups = groups_of(host_count(cluster), spec.router_hosts * spec.group_routers, "group", "router_hosts");
  const int globals = spec.group_routers * spec.router_globals;
  if (groups > globals + 1) {
    refuse("router_globals", "a dragonfly whose groups have " + std::to_string(globals) + " global cables has " +
                                 std::to_string(globals + 1) + " groups at most, not " + std::to_string(groups));
  }
  std::vector<std::vector<NodeId>> routers;  // [group][router]
  for (int group = 0, host = 0; group < groups; ++group) {
    routers.push_back(add_switches(cluster, "group" + std::to_string(group) + ".router", spec.group_routers));
    for (std::size_t a = 0; a < routers.back().size(); ++a) {
      for (std::size_t b = a + 1; b < routers.back().size(); ++b) {
        connect(cluster, routers.back()[a], routers.back()[b], spec.uplink);
      }
      for (int i = 0; i < spec.router_hosts; ++i) connect_host(cluster, host++, routers.back()[a], spec.link);
    }
  }
  const auto router_of = [&](int group, int number) {
    return routers[static_cast<std::size_t>(group)][static_cast<std::size_t>(number / spec.router_globals)];
  };
  const int cables = groups > 1 ? globals / (groups - 1) : 0;
  for (int i = 0; i < groups; ++i) {
    for (int j = i + 1; j < groups; ++j) {
      for (int m = 0; m < cables; ++m) {
        connect(cluster, router_of(i, m * (groups - 1) + j - 1), router_of(j, m * (groups - 1) + i), spec.far_link);
      }
    }
  }
  cluster.description += " in a dragonfly of " + std::to_string(groups) + " groups of " + std::to_string(spec.group_routers) +
                         " routers, " + to_text(spec.link) + ", routers of a group joined by " + to_text(spec.uplink) +
                         ", each two groups by " + std::to_string(cables) + " " + to_text(spec.far_link);
}

}  // namespace

const FabricRow kDragonfly = {
    "dragonfly",
    "groups of routers that are all joined; every group on every other. a = 2 p = 2 h is balanced. Ways are minimal ones",
    "Kim, Dally, Scott and Abts, Technology-driven, highly-scalable dragonfly topology, ISCA 2008",
    {"router_hosts", "group_routers", "router_globals", "uplink_bandwidth", "uplink_latency", "far_bandwidth", "far_latency"},
    "group0.router0, group0.router1, ...; group1.router0, ...",
    "HOST to group*.router*; group*.router* to group*.router*",
    "of least latency: as a rule from router to router within a group, and by one cable between the two to another group",
    attach,
};

}  // namespace syncline::network
