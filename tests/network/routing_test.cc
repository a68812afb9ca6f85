// Ways against all sums of latencies (Floyd and Warshall), on random networks whose links go up and down.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "sim/random.h"
#include "tests/network/ways.h"

namespace syncline::network {
namespace {

const Bandwidth kAny = Bandwidth::bytes_per_second(1);

/// Latencies are few and small, so that many ways tie; some nodes hang on one cable, some on none.
Topology random_topology(sim::RandomStream& random) {
  Topology topology;
  const std::uint64_t nodes = 2 + random.below(9);
  for (std::uint64_t i = 0; i < nodes; ++i) topology.add_node(NodeKind::host, "n" + std::to_string(i));
  for (std::uint64_t i = 0; i < 2 * nodes; ++i) {
    const NodeId a{static_cast<std::int32_t>(random.below(nodes))}, b{static_cast<std::int32_t>(random.below(nodes))};
    const Time latency = Time::microseconds(static_cast<std::int64_t>(random.below(3)));
    if (a == b) continue;
    if (random.below(3) == 0) {
      topology.add_link(a, b, kAny, latency);
    } else {
      topology.add_duplex(a, b, kAny, latency);
    }
  }
  return topology;
}

using Costs = std::vector<std::vector<std::pair<std::int64_t, int>>>;  // [from][to] latency, links
const std::pair kNoWay{std::numeric_limits<std::int64_t>::max(), 0};

Costs all_costs(const Topology& topology, const std::set<LinkId>& down) {
  const std::size_t n = topology.nodes().size();
  Costs costs(n, std::vector(n, kNoWay));
  for (std::size_t i = 0; i < n; ++i) costs[i][i] = {0, 0};
  for (LinkId id{0}; const Link& link : topology.links()) {
    auto& cost = costs[static_cast<std::size_t>(link.from.value)][static_cast<std::size_t>(link.to.value)];
    if (down.count(id) == 0) cost = std::min(cost, {link.latency.count(), 1});
    ++id.value;
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        if (costs[i][k] == kNoWay || costs[k][j] == kNoWay) continue;
        costs[i][j] = std::min(costs[i][j], {costs[i][k].first + costs[k][j].first, costs[i][k].second + costs[k][j].second});
      }
    }
  }
  return costs;
}

/// A way's cost; checks that it is one.
std::pair<std::int64_t, int> cost_of(const Topology& topology, const std::vector<LinkId>& way, NodeId from, NodeId to,
                                     const std::set<LinkId>& down) {
  std::pair<std::int64_t, int> cost{0, 0};
  for (const LinkId id : way) {
    EXPECT_EQ(topology.link(id).from, from);
    EXPECT_EQ(down.count(id), 0u);
    cost.first += topology.link(id).latency.count();
    ++cost.second;
    from = topology.link(id).to;
  }
  EXPECT_EQ(from, to);
  return cost;
}

TEST(Routing, NoWayIsShorter) {
  constexpr std::uint64_t kSeed = 7;
  RecordProperty("seed", static_cast<int>(kSeed));
  sim::RandomStream random(kSeed, "routing");
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", round " + std::to_string(round));
    Topology topology = random_topology(random);
    if (round % 2 == 1) topology.choose_ways(RoutingKind::ecmp, random.bits());
    Routing routing(topology);
    std::set<LinkId> down;
    for (int change = 0; change < 4; ++change) {
      const Costs costs = all_costs(topology, down);
      for (std::size_t i = 0; i < costs.size(); ++i) {
        for (std::size_t j = 0; j < costs.size(); ++j) {
          const NodeId from{static_cast<std::int32_t>(i)}, to{static_cast<std::int32_t>(j)};
          const std::vector<LinkId>* way = routing.find_route(from, to);
          ASSERT_EQ(way == nullptr, costs[i][j] == kNoWay);
          if (way != nullptr) {
            ASSERT_EQ(cost_of(topology, *way, from, to, down), costs[i][j]);
          }
        }
      }
      if (topology.links().empty()) break;
      const LinkId changed{static_cast<std::int32_t>(random.below(topology.links().size()))};
      if (down.erase(changed) == 0) down.insert(changed);
      routing.set_up(changed, down.count(changed) == 0);
    }
  }
}

struct Square {
  Square() {
    for (const char* name : {"a", "b", "c", "d"}) topology.add_node(NodeKind::host, name);
    for (const auto& [from, to] : {std::pair{a, b}, {a, c}, {b, d}, {c, d}}) {
      topology.add_duplex(from, to, kAny, Time::microseconds(1));
    }
  }
  Topology topology;
  NodeId a{0}, b{1}, c{2}, d{3};
};

TEST(Routing, TheFirstLinkWinsWhereWaysTie) {
  const Square square;
  EXPECT_THAT(way(square.topology, square.a, square.d), testing::ElementsAre("a>b", "b>d"));
  EXPECT_THAT(way(square.topology, square.d, square.a), testing::ElementsAre("d>b", "b>a"));
  EXPECT_THAT(way(square.topology, square.a, square.a), testing::IsEmpty());
}

TEST(Routing, FixedWaysGoBeforeShorterOnesOneWayOnly) {
  Square square;
  square.topology.fix_way({square.a, square.c, square.d, square.b});
  EXPECT_THAT(way(square.topology, square.a, square.b), testing::ElementsAre("a>c", "c>d", "d>b"));
  EXPECT_THAT(way(square.topology, square.b, square.a), testing::ElementsAre("b>a"));
  EXPECT_EQ(error_of([&] { square.topology.fix_way({square.a, square.d}); }), "there is no link from a to d for a fixed way");
  EXPECT_EQ(error_of([&] { square.topology.fix_way({square.a, square.b, square.a}); }), "a fixed way comes to a twice");
  EXPECT_EQ(error_of([&] { square.topology.fix_way({square.a}); }), "a fixed way needs two nodes at least");
}

TEST(Routing, AFixedWayIsNotLeftWhereItIsDown) {
  Square square;
  square.topology.fix_way({square.a, square.c, square.d});
  Routing routing(square.topology);
  const std::vector<LinkId>& before = routing.route(square.a, square.d);
  const std::vector<LinkId> copy = before;
  routing.set_up(before.front(), false);
  EXPECT_EQ(routing.find_route(square.a, square.d), nullptr);
  EXPECT_EQ(before, copy) << "a reference stays good";
  routing.set_up(before.front(), true);
  EXPECT_EQ(&routing.route(square.a, square.d), &before);
}

TEST(Routing, NamesBothEndsWhereThereIsNoWay) {
  Topology topology;
  const NodeId a = topology.add_node(NodeKind::host, "a");
  const NodeId b = topology.add_node(NodeKind::host, "b");
  topology.add_link(a, b, kAny, Time::zero());
  Routing routing(topology);
  EXPECT_EQ(error_of([&] { routing.route(b, a); }), "there is no way from b to a");
}

// 64 switches between two others, and 4,096 pairs of hosts: each switch gets about 64, as balls thrown at random, within 6
// standard deviations of 8. The same pair keeps its way; another seed spreads otherwise.
TEST(Routing, EcmpSpreadsPairsOverEqualWays) {
  Topology topology;
  const NodeId left = topology.add_node(NodeKind::network_switch, "left");
  const NodeId right = topology.add_node(NodeKind::network_switch, "right");
  for (int i = 0; i < 64; ++i) {
    const NodeId middle = topology.add_node(NodeKind::network_switch, "middle" + std::to_string(i));
    topology.add_duplex(left, middle, kAny, Time::zero());
    topology.add_duplex(middle, right, kAny, Time::zero());
  }
  std::vector<NodeId> hosts;
  for (int i = 0; i < 128; ++i) {
    hosts.push_back(topology.add_node(NodeKind::host, "host" + std::to_string(i)));
    topology.add_duplex(hosts.back(), i < 64 ? left : right, kAny, Time::zero());
  }
  std::vector<std::vector<LinkId>> of_seed;
  for (const std::uint64_t seed : {1, 1, 2}) {
    topology.choose_ways(RoutingKind::ecmp, seed);
    Routing routing(topology);
    std::vector<int> load(topology.links().size(), 0);
    of_seed.emplace_back();
    for (std::size_t i = 0; i < 64; ++i) {
      for (std::size_t j = 64; j < 128; ++j) {
        of_seed.back().push_back(routing.route(hosts[i], hosts[j])[1]);
        ++load[static_cast<std::size_t>(of_seed.back().back().value)];
      }
    }
    for (std::size_t i = 0; i < 64; ++i) EXPECT_NEAR(load[4 * i], 64, 48);
  }
  EXPECT_EQ(of_seed[0], of_seed[1]);
  EXPECT_NE(of_seed[0], of_seed[2]);
}

// Every way of a star is put together from its two cables: no memory or time that grows with the square of the hosts.
TEST(Routing, AStarOfManyHostsIsCheap) {
  const Cluster cluster = star(20'000, {kAny, Time::microseconds(1)});
  Routing routing(cluster.topology);
  for (std::size_t i = 0; i < 20'000; ++i) {
    ASSERT_EQ(routing.route(cluster.workers[i], cluster.workers[(i + 1) % 20'000]).size(), 2u);
  }
}

}  // namespace
}  // namespace syncline::network
