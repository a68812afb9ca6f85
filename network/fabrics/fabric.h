// The network between hosts: switches and cables to which every host's NICs are attached.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "network/cluster.h"

namespace syncline::network {

/// What some fabric or other asks for. A row names its own; a scenario's keys have these names.
struct FabricSpec {
  LinkSpec link;    // from each NIC to its first switch, or to the next host
  LinkSpec uplink;  // from switch to switch; where a fabric asks for `oversubscription`, its latency only
  int racks = 1;
  int leaf_hosts = 1;                                           // hosts on one leaf switch
  int pod_leaves = 1;                                           // leaf switches in one pod
  int pod_hosts = 1;                                            // hosts in one pod
  int spines = 1;                                               // above the leaves: of the whole, or of each pod
  int cores = 1;                                                // above each spine of a pod
  double oversubscription = 1;                                  // what may come from below a leaf or pod, by what it can send up
  double core_oversubscription = 1;                             // the same at the spines of a pod
  std::vector<int> torus;                                       // hosts in each dimension
  int router_hosts = 1, group_routers = 1, router_globals = 1;  // of a dragonfly: p, a and h
  LinkSpec far_link;                                            // of a dragonfly's groups, of two sites
  int first_site = 1;                                           // hosts
};

/// One shape. Scenarios, help and tests run over these rows.
struct FabricRow {
  std::string_view name;  // "fat-tree"
  std::string_view help;
  std::string_view source;
  std::vector<std::string_view> keys;  // what it asks for besides `link`
  std::string_view switches;           // their names, for scenarios that name nodes
  std::string_view cables;             // "HOST to leaf*; leaf* to spine*": their ends, as scenarios name links that change
  std::string_view ways;               // which of them a transfer goes over
  /// Adds its switches and cables, and its words to the description. UserError at one of the keys where counts do not fit the
  /// hosts, at no key where the fabric does not fit them at all.
  void (*attach)(Cluster&, const FabricSpec&);
};

std::span<const FabricRow> fabrics();
/// By name. UserError with the nearest name where there is none.
void attach(std::string_view name, Cluster& cluster, const FabricSpec& spec);

}  // namespace syncline::network
