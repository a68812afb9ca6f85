// Every fabric: its counts, its ways, and its bisection: what half of the workers can send to the other half, by maximum flow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/push_relabel_max_flow.hpp>

#include "tests/network/kinds_of_links.h"
#include "tests/network/ways.h"

namespace syncline::network {
namespace {

constexpr std::int64_t kRate = 1'000'000;  // bytes per second
const LinkSpec kLink{Bandwidth::bytes_per_second(kRate), Time::microseconds(1)};
const LinkSpec kFar{Bandwidth::bytes_per_second(kRate), Time::microseconds(100)};

/// Bytes per second from the first half of the workers to the second.
std::int64_t bisection(const Cluster& cluster) {
  using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
  struct Edge {
    std::int64_t capacity = 0, residual = 0;
    Traits::edge_descriptor reverse;
  };
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, Edge>;
  const std::size_t nodes = cluster.topology.nodes().size(), source = nodes, sink = nodes + 1;
  Graph graph(nodes + 2);
  const auto add = [&](std::size_t from, std::size_t to, double capacity) {
    const auto there = boost::add_edge(from, to, graph).first, back = boost::add_edge(to, from, graph).first;
    graph[there].capacity = static_cast<std::int64_t>(capacity);
    graph[there].reverse = back;
    graph[back].reverse = there;
  };
  for (const Link& link : cluster.topology.links()) {
    add(static_cast<std::size_t>(link.from.value), static_cast<std::size_t>(link.to.value), link.capacity.in_bytes_per_second());
  }
  for (std::size_t i = 0; i < cluster.workers.size(); ++i) {
    const auto worker = static_cast<std::size_t>(cluster.workers[i].value);
    i < cluster.workers.size() / 2 ? add(source, worker, 1e15) : add(worker, sink, 1e15);
  }
  return boost::push_relabel_max_flow(graph, source, sink, boost::get(&Edge::capacity, graph), boost::get(&Edge::residual, graph),
                                      boost::get(&Edge::reverse, graph), boost::get(boost::vertex_index, graph));
}

FabricSpec spec_of(LinkSpec link = kLink) {
  FabricSpec spec;
  spec.link = spec.uplink = link;
  spec.far_link = kFar;
  return spec;
}

Cluster hosts_in(const char* fabric, int hosts, const FabricSpec& spec) {
  Cluster cluster = bare_hosts(hosts);
  attach(fabric, cluster, spec);
  return cluster;
}

std::size_t switches(const Cluster& cluster) {
  std::size_t count = 0;
  for (const Node& node : cluster.topology.nodes()) count += node.kind == NodeKind::network_switch;
  return count;
}

/// Cables that have both ends on switches.
std::size_t inner_cables(const Cluster& cluster) {
  std::size_t count = 0;
  for (const Link& link : cluster.topology.links()) {
    count += cluster.topology.node(link.from).kind == NodeKind::network_switch &&
             cluster.topology.node(link.to).kind == NodeKind::network_switch;
  }
  return count / 2;
}

TEST(Fabrics, AStarsHostsAreItsBisection) {
  const Cluster cluster = hosts_in("star", 8, spec_of());
  EXPECT_EQ(switches(cluster), 1u);
  EXPECT_EQ(bisection(cluster), 4 * kRate);
}

TEST(Fabrics, RacksMeetAtOneCore) {
  FabricSpec spec = spec_of();
  spec.racks = 4;
  const Cluster cluster = hosts_in("racks", 16, spec);
  EXPECT_EQ(switches(cluster), 5u);
  EXPECT_EQ(bisection(cluster), 2 * kRate) << "two uplinks";
}

// 8 leaves of 4 hosts on 4 spines: non-blocking, so half of the hosts can all send; twice oversubscribed, half of that.
TEST(Fabrics, AFatTreeIsAsWideAsItsOversubscriptionSays) {
  FabricSpec spec = spec_of();
  spec.leaf_hosts = spec.spines = 4;
  const Cluster full = hosts_in("fat-tree", 32, spec);
  EXPECT_EQ(switches(full), 8u + 4);
  EXPECT_EQ(inner_cables(full), 8u * 4);
  EXPECT_EQ(bisection(full), 16 * kRate);
  EXPECT_THAT(way(full, 0, 3), testing::ElementsAre("worker0>leaf0", "leaf0>worker3"));
  EXPECT_THAT(way(full, 0, 31), testing::ElementsAre("worker0>leaf0", "leaf0>spine0", "spine0>leaf7", "leaf7>worker31"));
  spec.oversubscription = 2;
  EXPECT_EQ(bisection(hosts_in("fat-tree", 32, spec)), 8 * kRate);
}

// k = 4 in the paper: 16 hosts, 20 switches of 4 ports each, all cables alike, full bisection.
TEST(Fabrics, TheKaryFatTreeIsTheOneOfThePaper) {
  FabricSpec spec = spec_of();
  spec.leaf_hosts = spec.pod_leaves = spec.spines = spec.cores = 2;
  Cluster cluster = hosts_in("fat-tree-3", 16, spec);
  EXPECT_EQ(switches(cluster), 20u);
  EXPECT_EQ(cluster.topology.links().size(), 20u * 4 + 16) << "ends at switches, and at hosts";
  for (const Link& link : cluster.topology.links()) EXPECT_EQ(link.capacity, kLink.bandwidth);
  EXPECT_EQ(bisection(cluster), 8 * kRate);
  EXPECT_EQ(way(cluster, 0, 1).size(), 2u);
  EXPECT_EQ(way(cluster, 0, 2).size(), 4u);
  EXPECT_EQ(way(cluster, 0, 15).size(), 6u);
  cluster.topology.choose_ways(RoutingKind::ecmp, 1);
  std::set<std::string> cores;
  for (std::size_t to = 4; to < 16; ++to) cores.insert(way(cluster, 0, to)[3]);
  EXPECT_GT(cores.size(), 4u) << "12 ways by hash take several of the 4 cores";
  spec.core_oversubscription = 4;
  EXPECT_EQ(bisection(hosts_in("fat-tree-3", 16, spec)), 2 * kRate);
}

Cluster rails(int machine_count, int pod, int spines) {
  Cluster cluster = machines(machine_count, [](Topology& topology, const MachinePlace& place) {
    GpuMachineSpec spec;
    spec.gpus = spec.nics = 4;
    spec.nvlink = {Bandwidth::bytes_per_second(10 * kRate), Time::nanoseconds(100)};
    spec.pcie = {Bandwidth::bytes_per_second(2 * kRate), Time::nanoseconds(500)};
    spec.cpu_link = spec.pcie;
    return add_gpu_machine(topology, place, spec);
  });
  FabricSpec spec = spec_of();
  spec.pod_hosts = pod;
  spec.spines = spines;
  attach("rails", cluster, spec);
  return cluster;
}

TEST(Fabrics, RailsJoinGpusOfEqualNumberInOneHop) {
  const Cluster cluster = rails(4, 2, 2);
  EXPECT_THAT(way(cluster, 1, 5), testing::ElementsAre("worker1>node0.pcie1", "node0.pcie1>node0.nic1", "node0.nic1>pod0.rail1",
                                                       "pod0.rail1>node1.nic1", "node1.nic1>node1.pcie1", "node1.pcie1>worker5"));
  EXPECT_EQ(way(cluster, 1, 13).size(), 8u) << "by a spine to the other pod";
  EXPECT_EQ(bisection(cluster), 2 * 4 * kRate);
  // Another rail in the same pod: through the NVSwitch to the neighbour's NIC.
  EXPECT_THAT(way(cluster, 0, 5), testing::Contains("node0.nvswitch>worker1"));
  EXPECT_EQ(way(rails(4, 4, 0), 0, 15).size(), 8u) << "rail-only";
}

// 4 x 4: each half of 8 is cut at two places of 4 rings each way. 4 x 4 x 2: the third dimension is cut once.
TEST(Fabrics, ATorusIsCutTwiceInItsLastDimension) {
  FabricSpec spec = spec_of();
  spec.torus = {4, 4};
  const Cluster flat = hosts_in("torus", 16, spec);
  EXPECT_EQ(flat.topology.links().size(), 2u * 2 * 16);
  EXPECT_EQ(bisection(flat), 2 * 4 * kRate);
  EXPECT_THAT(way(flat, 0, 3), testing::ElementsAre("worker0>worker3"));
  EXPECT_THAT(way(flat, 0, 5), testing::ElementsAre("worker0>worker1", "worker1>worker5")) << "the first dimension first";
  EXPECT_EQ(way(flat, 0, 10).size(), 4u);
  spec.torus = {4, 4, 2};
  const Cluster deep = hosts_in("torus", 32, spec);
  EXPECT_EQ(deep.topology.links().size(), 2u * (32 + 32 + 16));
  EXPECT_EQ(bisection(deep), 16 * kRate);
}

// p = 2, a = 4, h = 2: balanced; 9 groups of 8 hosts, each two groups joined by one cable.
TEST(Fabrics, ADragonflyJoinsEachTwoGroups) {
  FabricSpec spec = spec_of();
  spec.router_hosts = spec.router_globals = 2;
  spec.group_routers = 4;
  const Cluster cluster = hosts_in("dragonfly", 72, spec);
  EXPECT_EQ(switches(cluster), 36u);
  EXPECT_EQ(inner_cables(cluster), 9u * 6 + 36);
  std::vector<int> globals(36, 0);
  for (const Link& link : cluster.topology.links()) {
    if (link.latency == kFar.latency)
      ++globals[std::stoul(cluster.topology.node(link.from).name.substr(5)) * 4 +
                std::stoul(cluster.topology.node(link.from).name.substr(13))];
  }
  EXPECT_THAT(globals, testing::Each(2));
  for (std::size_t to = 8; to < 72; ++to) EXPECT_LE(way(cluster, 0, to).size(), 5u) << "local, global, local at most";
  EXPECT_EQ(bisection(hosts_in("dragonfly", 16, spec)), 8 * kRate) << "two groups, joined by all their cables";
}

TEST(Fabrics, TwoSitesShareTheirCable) {
  FabricSpec spec = spec_of();
  spec.first_site = 3;
  const Cluster cluster = hosts_in("two-sites", 6, spec);
  EXPECT_THAT(way(cluster, 2, 3), testing::ElementsAre("worker2>site0", "site0>site1", "site1>worker3"));
  EXPECT_EQ(bisection(cluster), kRate);
}

TEST(Fabrics, RefuseWhatDoesNotFit) {
  FabricSpec spec = spec_of();
  spec.leaf_hosts = 5;
  EXPECT_EQ(error_of([&] { hosts_in("fat-tree", 8, spec); }), "8 hosts cannot be shared out by 5 to a leaf");
  spec.oversubscription = 0;
  EXPECT_EQ(error_of([&] { hosts_in("fat-tree", 10, spec); }), "an oversubscription must be positive");
  EXPECT_EQ(error_of([&] { hosts_in("rails", 8, spec); }), "rails need machines of two NICs or more");
  EXPECT_EQ(error_of([&] { rails(4, 2, 0); }), "without spines, all machines must be in one pod");
  spec.torus = {4, 4};
  EXPECT_EQ(error_of([&] { hosts_in("torus", 15, spec); }), "a torus of 4x4 has 16 places for 15 hosts");
  spec.torus = {15};
  EXPECT_EQ(error_of([&] { hosts_in("torus", 15, spec); }), "a torus has two or three dimensions");
  EXPECT_EQ(error_of([&] { hosts_in("dragonfly", 3, spec); }),
            "a dragonfly whose groups have 1 global cables has 2 groups at most, not 3");
  spec.first_site = 8;
  EXPECT_EQ(error_of([&] { hosts_in("two-sites", 1, spec); }), "two sites need two hosts");
  EXPECT_EQ(error_of([&] { hosts_in("two-sites", 8, spec); }), "the first site must have 1 to 7 of the 8 hosts, not 8");
  EXPECT_EQ(error_of([&] { hosts_in("torsu", 8, spec); }), "no fabric 'torsu'; did you mean 'torus'?");
  spec.racks = 3;
  EXPECT_EQ(error_of([&] { hosts_in("racks", 8, spec); }), "8 hosts cannot be shared out evenly by 3 racks");
}

TEST(Fabrics, SayWhatTheyAre) {
  for (const FabricRow& row : fabrics()) {
    EXPECT_FALSE(row.name.empty() || row.help.empty() || row.source.empty() || row.ways.empty());
  }
}

/// "leaf3" is "leaf*"; HOST is a NIC.
bool is_end(const Cluster& cluster, NodeId node, const std::string& pattern) {
  if (pattern == "HOST") {
    return std::ranges::any_of(cluster.nics, [&](const auto& nics) { return std::ranges::find(nics, node) != nics.end(); });
  }
  std::string expression;
  for (const char c : pattern) expression += c == '*' ? "[0-9]+" : c == '.' ? "[.]" : std::string(1, c);
  return std::regex_match(cluster.topology.node(node).name, std::regex(expression));
}

/// "HOST to leaf*; leaf* to spine*"
std::vector<std::pair<std::string, std::string>> pairs_of(std::string_view cables) {
  std::vector<std::pair<std::string, std::string>> pairs;
  std::istringstream text{std::string(cables)};
  std::string from, to;
  while (text >> from >> to >> to) pairs.emplace_back(from, to.substr(0, to.find(';')));
  return pairs;
}

// All cables but those inside machines, and each kind is there.
TEST(Fabrics, NameTheEndsOfTheirCables) {
  for (const NamedCluster& small : small_clusters()) {
    const std::string fabric = small.name.substr(0, small.name.find(' '));
    const auto row = std::ranges::find(fabrics(), fabric, &FabricRow::name);
    ASSERT_NE(row, fabrics().end()) << fabric;
    std::set<std::pair<std::string, std::string>> seen;
    for (const Link& link : small.cluster.topology.links()) {
      bool inside = true;
      for (const NodeId node : {link.from, link.to}) {
        const std::string& name = small.cluster.topology.node(node).name;
        inside = inside && (name.starts_with("node") || name.starts_with("worker"));
      }
      if (inside && fabric != "torus") continue;
      bool named = false;
      for (const auto& [from, to] : pairs_of(row->cables)) {
        const auto joins = [&](NodeId a, NodeId b) { return is_end(small.cluster, a, from) && is_end(small.cluster, b, to); };
        if (!joins(link.from, link.to) && !joins(link.to, link.from)) continue;
        named = true;
        seen.emplace(from, to);
      }
      EXPECT_TRUE(named) << link.name << " of " << small.name;
    }
    EXPECT_EQ(seen.size(), pairs_of(row->cables).size()) << small.name;
  }
}

}  // namespace
}  // namespace syncline::network
