// Small clusters of every fabric and every machine, and the kinds of links that they are made of.
#pragma once

#include <algorithm>
#include <cctype>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "network/builders.h"

namespace syncline::network {

struct NamedCluster {
  std::string name;  // "fat-tree of hosts"
  Cluster cluster;
};

/// For messages of tests.
inline std::ostream& operator<<(std::ostream& out, const NamedCluster& named) { return out << named.name; }

/// What joins the machines of `machine`, each link as slow or fast as such links often are, beside the others.
inline NamedCluster small_cluster(const std::string& fabric, const std::string& machine, int workers) {
  const auto link = [](double bytes_per_second, std::int64_t nanoseconds) {
    return LinkSpec{Bandwidth::bytes_per_second(bytes_per_second), Time::nanoseconds(nanoseconds)};
  };
  InsideSpec inside;
  inside.gpus_per_node = 4;
  inside.nics_per_node = 2;
  inside.inside = link(1.2e10, 700);
  inside.nvlink = link(1.5e11, 500);
  inside.pcie = link(1.2e10, 600);
  inside.cpu_link = link(1.0e10, 200);
  FabricSpec spec;
  spec.link = link(1.25e9, 3000);
  spec.uplink = link(1.5e9, 1000);
  spec.far_link = link(1.0e9, 20'000);
  spec.racks = 3;
  spec.leaf_hosts = spec.pod_leaves = spec.pod_hosts = spec.spines = spec.cores = 2;
  spec.oversubscription = 2;
  spec.router_hosts = spec.group_routers = 2;
  spec.torus = workers == 12 ? std::vector{3, 2, 2} : std::vector{workers / 2, 2};
  spec.first_site = 3;
  Cluster cluster = workers_in_machines(workers, machine, inside);
  attach(fabric, cluster, spec);
  if (fabric == "fat-tree-3") cluster.topology.choose_ways(RoutingKind::ecmp, 1);
  return {fabric + " of " + std::to_string(workers) + " in " + machine, std::move(cluster)};
}

/// All fabrics and machines that there are, in two sizes each, but `nccl`, which is made of the same parts as the other machines,
/// and one size of a dragonfly, whose groups decide it.
inline std::vector<NamedCluster> small_clusters() {
  std::vector<NamedCluster> all;
  for (const FabricRow& fabric : fabrics()) {
    const std::string name(fabric.name);
    if (name == "rails") continue;  // of machines with several NICs
    const std::vector<int> sizes = name == "racks"                         ? std::vector{9, 12}
                                   : name == "torus"                       ? std::vector{6, 12}
                                   : name == "dragonfly"                   ? std::vector{12}
                                   : name == "star" || name == "two-sites" ? std::vector{7, 8}
                                                                           : std::vector{8, 16};
    for (const int workers : sizes) all.push_back(small_cluster(name, "host", workers));
  }
  for (const char* machine : {"switch", "nvswitch", "nvlink", "pcie"}) {
    for (const int workers : {4, 12}) all.push_back(small_cluster("star", machine, workers));
  }
  for (const int workers : {8, 16}) all.push_back(small_cluster("rails", "nvswitch", workers));
  return all;
}

/// "leaf-spine": what its ends are called, without the numbers, and "far" where both are called alike and it is a far one.
inline std::string kind_of(const Topology& topology, const Link& link) {
  const auto word = [&](NodeId node) {
    std::string name = topology.node(node).name;
    name.erase(0, name.find('.') == std::string::npos ? 0 : name.find('.') + 1);
    std::erase_if(name, [](unsigned char c) { return std::isdigit(c) != 0; });
    return name;
  };
  const std::string a = word(link.from), b = word(link.to);
  const std::string kind = std::min(a, b) + "-" + std::max(a, b);
  return kind == "router-router" && link.latency >= Time::microseconds(20) ? "far-router-router" : kind;
}

/// By name.
inline std::map<std::string, std::vector<LinkId>> kinds_of_links(const Topology& topology) {
  std::map<std::string, std::vector<LinkId>> kinds;
  for (LinkId id{0}; const Link& link : topology.links()) {
    kinds[kind_of(topology, link)].push_back(id);
    ++id.value;
  }
  return kinds;
}

}  // namespace syncline::network
