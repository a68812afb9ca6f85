// More bandwidth on one kind of links alone, hosts' links, uplinks, far links, PCIe or NVLink: never slower, for every algorithm on
// every fabric and machine, but for anomalies that are listed here by name. Each of those really occurs: an entry that does not
// is a failure as well.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <tuple>
#include <vector>

#include "tests/network/kinds_of_links.h"
#include "tests/network/time_of.h"

namespace syncline::network {
namespace {

using Anomaly = std::tuple<std::string, std::string, std::string>;  // cluster, kind of its links, algorithm

// Transfers of several ranks share a link between switches, and ranks wait for others at each step: with a faster link of its
// own, or a faster one before or behind the shared one, a transfer takes more of the shared one from another, for which more ranks
// wait (network/README.md). By up to 6 %.
const std::vector<Anomaly> kAnomalies = {
    {"racks of 9 in host", "rack-worker", "halving-doubling-all-reduce"},
    {"racks of 9 in host", "rack-worker", "doubling-all-reduce"},
    {"racks of 9 in host", "rack-worker", "double-tree-all-reduce"},
    {"fat-tree of 8 in host", "leaf-worker", "split-tree-broadcast"},
    {"fat-tree of 16 in host", "leaf-worker", "split-tree-broadcast"},
    {"fat-tree-3 of 8 in host", "leaf-worker", "parameter-server"},
    {"fat-tree-3 of 8 in host", "leaf-worker", "split-tree-broadcast"},
    {"fat-tree-3 of 16 in host", "core-spine", "double-tree-all-reduce"},
    {"fat-tree-3 of 16 in host", "core-spine", "machine-tree-all-reduce"},
    {"fat-tree-3 of 16 in host", "core-spine", "split-tree-broadcast"},
    {"fat-tree-3 of 16 in host", "leaf-spine", "parameter-server"},
    {"fat-tree-3 of 16 in host", "leaf-spine", "split-tree-broadcast"},
    {"fat-tree-3 of 16 in host", "leaf-spine", "pairwise-all-to-all"},
    {"fat-tree-3 of 16 in host", "leaf-worker", "bruck-reduce-scatter"},
    {"fat-tree-3 of 16 in host", "leaf-worker", "halving-reduce-scatter"},
    {"fat-tree-3 of 16 in host", "leaf-worker", "split-tree-broadcast"},
    {"dragonfly of 12 in host", "far-router-router", "split-tree-broadcast"},
    {"dragonfly of 12 in host", "router-worker", "split-tree-broadcast"},
    {"two-sites of 7 in host", "site-worker", "double-tree-all-reduce"},
    {"two-sites of 7 in host", "site-worker", "machine-tree-all-reduce"},
    {"two-sites of 7 in host", "site-worker", "halving-reduce-scatter"},
    {"two-sites of 7 in host", "site-worker", "halving-gather-reduce"},
    {"two-sites of 8 in host", "site-worker", "halving-doubling-all-reduce"},
    {"two-sites of 8 in host", "site-worker", "doubling-all-reduce"},
    {"two-sites of 8 in host", "site-worker", "double-tree-all-reduce"},
    {"two-sites of 8 in host", "site-worker", "machine-tree-all-reduce"},
    {"star of 12 in switch", "node-worker", "split-tree-broadcast"},
    {"star of 12 in nvswitch", "nvswitch-worker", "split-tree-broadcast"},
    {"star of 12 in nvlink", "worker-worker", "split-tree-broadcast"},
    {"star of 12 in pcie", "cpu-cpu", "split-tree-broadcast"},
    {"star of 12 in pcie", "cpu-pcie", "split-tree-broadcast"},
    {"star of 12 in pcie", "pcie-worker", "split-tree-broadcast"},
    {"star of 12 in pcie", "nic-switch", "ring-all-gather"},
    {"star of 12 in pcie", "nic-switch", "ring-reduce-scatter"},
    {"rails of 8 in nvswitch", "nvswitch-worker", "split-tree-broadcast"},
};

Cluster with_faster(const Cluster& cluster, const std::vector<LinkId>& links, double speed) {
  Cluster faster = cluster;
  for (const LinkId id : links) {
    const Link& link = cluster.topology.link(id);
    faster.topology.set_link(id, Bandwidth::bytes_per_second(link.capacity.in_bytes_per_second() * speed), link.latency);
  }
  return faster;
}

/// The most by which more bandwidth of these links alone makes the algorithm slower, of all sizes.
double slowdown(const Cluster& cluster, const std::vector<LinkId>& links, const CollectiveRow& row) {
  // What sharing rounds up: a picosecond each time that a flow gets another rate.
  const Time rounding = Time::nanoseconds(1);
  double most = 0;
  for (const std::int64_t bytes : {1, 1'000, 10'000, 99'991, 1'000'000, 4'000'000}) {
    Time before = Time::max();
    for (const double speed : {0.25, 0.5, 0.9, 1.0, 1.5, 2.0, 4.0, 16.0}) {
      const Time now = time_of(with_faster(cluster, links, speed), {row.name, Bytes(bytes)});
      if (before != Time::max() && now > before + rounding) most = std::max(most, now.seconds() / before.seconds() - 1);
      before = now;
    }
  }
  return most;
}

class OneKindOfLinks : public testing::TestWithParam<NamedCluster> {};

TEST_P(OneKindOfLinks, IsNeverTooFast) {
  const NamedCluster& named = GetParam();
  std::vector<Anomaly> found, expected;
  for (const auto& [kind, links] : kinds_of_links(named.cluster.topology)) {
    for (const CollectiveRow& row : collectives()) {
      const double more = slowdown(named.cluster, links, row);
      if (more == 0) continue;
      found.emplace_back(named.name, kind, row.name);
      RecordProperty(kind + ", " + std::string(row.name), std::to_string(100 * more) + " % slower");
    }
  }
  std::ranges::copy_if(kAnomalies, std::back_inserter(expected),
                       [&](const Anomaly& anomaly) { return std::get<0>(anomaly) == named.name; });
  EXPECT_THAT(found, testing::UnorderedElementsAreArray(expected));
}

TEST(KindsOfLinks, AnomaliesAreOfClustersThatThereAre) {
  std::vector<std::string> names;
  for (const NamedCluster& named : small_clusters()) names.push_back(named.name);
  for (const Anomaly& anomaly : kAnomalies) EXPECT_THAT(names, testing::Contains(std::get<0>(anomaly)));
}

INSTANTIATE_TEST_SUITE_P(Small, OneKindOfLinks, testing::ValuesIn(small_clusters()), [](const auto& named) {
  std::string name = named.param.name;
  std::ranges::replace_if(
      name, [](char c) { return c == ' ' || c == '-'; }, '_');
  return name;
});

}  // namespace
}  // namespace syncline::network
