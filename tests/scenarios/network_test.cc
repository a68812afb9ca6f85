// What a [[network]] says is what is built.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "network/fabrics/fabric.h"
#include "network/machines/machine.h"
#include "scenarios/format.h"
#include "scenarios/scenario.h"
#include "sim/error.h"
#include "tests/network/ways.h"
#include "tests/temporary_folder.h"

namespace syncline::scenarios {
namespace {

using network::way;
using testing::ElementsAre;

/// The one [[network]] with these lines, for so many workers.
models::NetworkProfile network_of(int workers, const std::string& lines, const TemporaryFolder& folder = {}) {
  return load_scenario(folder.write("s.toml", "[training]\nworkers = " + std::to_string(workers) +
                                                  "\n[[method]]\nname = \"s-sgd\"\n[[network]]\nname = \"n\"\n" + lines))
      .networks.at(0);
}

std::string description(int workers, const std::string& lines) { return network_of(workers, lines).cluster.description; }

const std::string kLink = "bandwidth = \"8 Gbit/s\"\nlatency = \"1 us\"\n";

TEST(NetworkKeys, EveryFabricHasItsOwn) {
  EXPECT_EQ(description(8, kLink + "topology = \"fat-tree\"\nleaf_hosts = 4\nspines = 2\noversubscription = 2\n"),
            "8 workers on 2 leaves, 1.00 GB/s links of 1.00 us, each leaf on 2 spines, 1.00 GB/s links of 1.00 us");
  EXPECT_EQ(
      description(16, kLink + "topology = \"fat-tree-3\"\nleaf_hosts = 2\npod_leaves = 2\nspines = 2\ncores = 2\n"
                              "core_oversubscription = 2\nuplink_latency = \"2 us\"\n"),
      "16 workers in 4 pods of 2 leaves, 1.00 GB/s links of 1.00 us, leaves to spines by 1.00 GB/s links of 2.00 us, spines to 4 "
      "cores by 500 MB/s links of 2.00 us");
  EXPECT_EQ(description(12, kLink + "topology = \"torus\"\ntorus = [3, 2, 2]\n"),
            "12 workers in a torus of 3x2x2, 1.00 GB/s links of "
            "1.00 us");
  EXPECT_EQ(description(8, kLink + "topology = \"dragonfly\"\nrouter_hosts = 2\ngroup_routers = 2\nrouter_globals = 1\n"
                                   "uplink_bandwidth = \"2 GB/s\"\nfar_bandwidth = \"3 GB/s\"\nfar_latency = \"4 us\"\n"),
            "8 workers in a dragonfly of 2 groups of 2 routers, 1.00 GB/s links of 1.00 us, routers of a group joined by 2.00 "
            "GB/s links of "
            "1.00 us, each two groups by 2 3.00 GB/s links of 4.00 us");
  EXPECT_EQ(
      description(5, kLink + "topology = \"two-sites\"\nfirst_site = 2\nfar_bandwidth = \"1 MB/s\"\nfar_latency = \"5 ms\"\n"),
      "5 workers at two sites, the first with 2 hosts, 1.00 GB/s links of 1.00 us, sites joined by 1.00 MB/s links of 5.00 ms");
}

TEST(NetworkKeys, AnyMachineGoesWithAnyFabricThatTakesIt) {
  const std::string rails = kLink + "topology = \"rails\"\npod_hosts = 2\nspines = 0\n";
  EXPECT_EQ(description(8, rails + "machine = \"nvswitch\"\ngpus_per_node = 4\nnics_per_node = 2\n"),
            "2 machines of 4 GPUs on an NVSwitch, 300 GB/s links of 300 ns, and 2 NICs on PCIe, 24.0 GB/s links of 500 ns, in 1 "
            "pods of "
            "2 rails, 1.00 GB/s links of 1.00 us, 0 spines");
  EXPECT_EQ(
      description(8, kLink + "topology = \"racks\"\nmachine = \"nvlink\"\ngpus_per_node = 2\nnvlink_bandwidth = \"50 GB/s\"\n"),
      "4 machines of 2 GPUs joined by NVLink, 50.0 GB/s links of 300 ns, and 1 NICs on PCIe, 24.0 GB/s links of 500 ns, in 2 "
      "racks, "
      "1.00 GB/s links of 1.00 us, racks joined by 5.00 GB/s links of 1.00 us");
  EXPECT_EQ(
      description(8, kLink + "topology = \"two-sites\"\nfirst_site = 1\nfar_bandwidth = \"1 MB/s\"\nfar_latency = \"5 ms\"\n"
                             "machine = \"pcie\"\ngpus_per_node = 4\nnics_per_node = 4\n"),
      "2 machines of 4 GPUs and 4 NICs on PCIe, 24.0 GB/s links of 500 ns, at two sites, the first with 1 hosts, 1.00 GB/s links "
      "of "
      "1.00 us, sites joined by 1.00 MB/s links of 5.00 ms");
}

TEST(NetworkKeys, NodesAreAStarOfSwitchedMachines) {
  const std::string inside = kLink + "gpus_per_node = 2\ninside_bandwidth = \"5 GB/s\"\n";
  EXPECT_EQ(description(4, inside + "topology = \"nodes\"\n"), description(4, inside + "machine = \"switch\"\n"));
}

TEST(NetworkKeys, AMachineAsNcclSawIt) {
  const TemporaryFolder folder;
  folder.write(
      "nets/box.xml",
      "<system version=\"1\"><cpu numaid=\"0\" arch=\"x86_64\" vendor=\"AuthenticAMD\">"
      "<pci busid=\"0000:01:00.0\" link_speed=\"8 GT/s\" link_width=\"16\"><gpu dev=\"0\" sm=\"70\"/></pci>"
      "<pci busid=\"0000:02:00.0\" link_speed=\"8 GT/s\" link_width=\"16\"><gpu dev=\"1\" sm=\"70\"/></pci></cpu></system>");
  folder.write("nets/boxes.toml", kLink + "topology = \"star\"\nmachine = \"nccl\"\nmachine_xml = \"box.xml\"\n");
  const auto by_base = network_of(4, "base = \"nets/boxes.toml\"\n", folder);
  EXPECT_EQ(by_base.cluster.description,
            "2 machines of 2 GPUs and 1 NICs, as NCCL saw them, on one switch, 1.00 GB/s links of 1.00 us");
  EXPECT_THAT(way(by_base.cluster, 0, 1), ElementsAre("worker0>node0.cpu 0", "node0.cpu 0>worker1"));
  EXPECT_EQ(network_of(4, kLink + "machine = \"nccl\"\nmachine_xml = \"nets/box.xml\"\n", folder).cluster.description,
            by_base.cluster.description);
}

TEST(NetworkKeys, LinksByHandAreCounted) {
  const std::string link = "[[network.link]]\nlatency = \"1 us\"\n";
  EXPECT_EQ(description(2, "topology = \"links\"\n" + link + "from = \"worker0\"\nto = \"worker1\"\nbandwidth = \"8 Gbit/s\"\n"),
            "2 workers, 0 switches, 1 link of 1.00 GB/s");
  EXPECT_EQ(description(2, "topology = \"links\"\n" + link + "from = \"worker0\"\nto = \"workshop\"\nbandwidth = \"8 Gbit/s\"\n" +
                               link + "from = \"workshop\"\nto = \"worker1\"\nbandwidth = \"1 MB/s\"\n"),
            "2 workers, 1 switch, 2 links of 1.00 MB/s to 1.00 GB/s");
}

/// Of the base "own.toml", with a title of its own, a way by spine 1, a link that changes and a slow link of worker 1.
models::NetworkProfile inherited(const std::string& lines) {
  const TemporaryFolder folder;
  folder.write("own.toml",
               kLink +
                   "title = \"own\"\ntopology = \"fat-tree\"\nleaf_hosts = 2\nspines = 2\nmeasured_steps = 7\n"
                   "on_link_down = \"reroute\"\n[[route]]\nway = [\"worker0\", \"leaf0\", \"spine1\", \"leaf1\", \"worker2\"]\n"
                   "[[random_change]]\nfrom = \"leaf0\"\nto = \"spine1\"\nmtbf = \"1 s\"\nmttr = \"1 s\"\n"
                   "[[worker]]\nindex = 1\nspeed = 0.5\nbandwidth = \"1 MB/s\"\n");
  return network_of(4, "base = \"own.toml\"\n" + lines, folder);
}

std::ptrdiff_t slow_links(const models::NetworkProfile& network) {
  return std::ranges::count(network.cluster.topology.links(), Bandwidth::bytes_per_second(1e6), &network::Link::capacity);
}

TEST(NetworkKeys, ABaseGivesWaysAndChangesWhereNodesAreTheSame) {
  const auto same = inherited("spines = 3\n");
  EXPECT_EQ(same.title, "own, changed");
  EXPECT_THAT(way(same.cluster, 0, 2), testing::Contains("leaf0>spine1"));
  EXPECT_EQ(same.changes.random.size(), 1u);
  EXPECT_EQ(slow_links(same), 2);
  // Its own keys for changes are left out as well, and no error. The slow link is each worker's only one in both.
  const auto star = inherited("title = \"star\"\ntopology = \"star\"\n");
  EXPECT_EQ(star.title, "star");
  EXPECT_TRUE(star.changes.empty());
  EXPECT_EQ(star.speed[1], 0.5);
  EXPECT_EQ(slow_links(star), 2);
  const auto machines = inherited("machine = \"nvswitch\"\ngpus_per_node = 2\nleaf_hosts = 1\n");
  EXPECT_TRUE(machines.changes.empty());
  EXPECT_EQ(machines.speed[1], 0.5);
  EXPECT_EQ(slow_links(machines), 0);
}

const std::string kTwoSpines = kLink + "topology = \"fat-tree\"\nleaf_hosts = 2\nspines = 2\n";

TEST(NetworkKeys, Routes) {
  const std::string by_spine1 = "[[network.route]]\nway = [\"worker0\", \"leaf0\", \"spine1\", \"leaf1\", \"worker2\"]\n";
  const auto both = network_of(4, kTwoSpines + by_spine1);
  EXPECT_THAT(way(both.cluster, 0, 2), testing::Contains("leaf0>spine1"));
  EXPECT_THAT(way(both.cluster, 2, 0), testing::Contains("spine1>leaf0"));
  EXPECT_THAT(way(both.cluster, 0, 3), testing::Contains("leaf0>spine0"));
  const auto one = network_of(4, kTwoSpines + by_spine1 + "one_way = true\n");
  EXPECT_THAT(way(one.cluster, 0, 2), testing::Contains("leaf0>spine1"));
  EXPECT_THAT(way(one.cluster, 2, 0), testing::Contains("spine0>leaf0"));
}

TEST(NetworkKeys, Ecmp) {
  const auto rule = network_of(4, kTwoSpines + "routing = \"ecmp\"\nrouting_seed = 7\n").cluster.topology.routing();
  EXPECT_EQ(rule.kind, network::RoutingKind::ecmp);
  EXPECT_EQ(rule.seed, 7u);
}

/// Names of the links that a cable is.
std::vector<std::string> names(const models::NetworkProfile& network, const std::vector<network::LinkId>& links) {
  std::vector<std::string> result;
  for (const network::LinkId link : links) result.push_back(network.cluster.topology.link(link).name);
  return result;
}

TEST(NetworkKeys, ChangesOfOneCableAndOfMany) {
  const auto network = network_of(
      4, kTwoSpines +
             "on_link_down = \"reroute\"\nchange_period = \"1 s\"\nmeasured_steps = 7\n[[network.change]]\nfrom = \"leaf0\"\n"
             "to = \"spine1\"\nat = \"2 ms\"\nstate = \"down\"\n[[network.change]]\nfrom = \"worker*\"\nto = \"l*f0\"\n"
             "one_way = true\nat = \"3 ms\"\nbandwidth = \"1 GB/s\"\nlatency = \"4 us\"\n[[network.random_change]]\n"
             "from = \"leaf1\"\nto = \"spine*\"\nmtbf = \"1 s\"\nmttr = \"2 ms\"\nmean_between_changes = \"5 ms\"\n"
             "least_bandwidth = 0.25\nseed = 9\nmean_between_latencies = \"6 ms\"\nleast_latency = 0.5\n");
  const network::ChangingLinks& changes = network.changes;
  EXPECT_EQ(network.measured_steps, 7);
  EXPECT_EQ(changes.on_link_down, network::OnLinkDown::reroute);
  EXPECT_EQ(changes.period, Time::milliseconds(1000));
  std::vector<network::LinkId> listed;
  for (const network::LinkChange& change : changes.list) listed.push_back(change.link);
  EXPECT_THAT(names(network, listed), ElementsAre("leaf0>spine1", "spine1>leaf0", "worker0>leaf0", "worker1>leaf0"));
  EXPECT_EQ(changes.list[0].up, false);
  EXPECT_EQ(changes.list[0].at, Time::milliseconds(2));
  EXPECT_FALSE(changes.list[0].capacity);
  EXPECT_EQ(changes.list[3].capacity, Bandwidth::bytes_per_second(1e9));
  EXPECT_EQ(changes.list[3].latency, Time::microseconds(4));
  ASSERT_EQ(changes.random.size(), 2u);
  EXPECT_THAT(names(network, changes.random[1].links), ElementsAre("leaf1>spine1", "spine1>leaf1"));
  EXPECT_EQ(changes.random[1].seed, 9u);
  EXPECT_EQ(changes.random[1].weather.mean_until_failure, Time::milliseconds(1000));
  EXPECT_EQ(changes.random[1].weather.mean_repair, Time::milliseconds(2));
  EXPECT_EQ(changes.random[1].weather.least_capacity, 0.25);
  EXPECT_EQ(changes.random[1].weather.mean_between_latencies, Time::milliseconds(6));
  EXPECT_EQ(changes.random[1].weather.least_latency, 0.5);
  EXPECT_EQ(changes.random[1].weather.greatest_latency, 2);
}

// Of 2,048 cables each finds its way back.
TEST(NetworkKeys, ManyCablesAreTwoLinksEach) {
  const auto network = network_of(64,
                                  "topology = \"fat-tree\"\nleaf_hosts = 1\nspines = 32\n[[network.random_change]]\n"
                                  "from = \"leaf*\"\nto = \"spine*\"\nmtbf = \"1 s\"\nmttr = \"1 ms\"\n");
  ASSERT_EQ(network.changes.random.size(), 64u * 32);
  for (const network::RandomChanges& each : network.changes.random) ASSERT_EQ(each.links.size(), 2u);
}

// Two cables between the same two: each has a way back of its own.
TEST(NetworkKeys, CablesSideBySideAreTwo) {
  const std::string link = "[[network.link]]\nfrom = \"worker0\"\nto = \"worker1\"\nbandwidth = \"1 GB/s\"\nlatency = \"1 us\"\n";
  const auto network =
      network_of(2, "topology = \"links\"\n" + link + link +
                        "[[network.random_change]]\nfrom = \"*\"\nto = \"*\"\nmtbf = \"1 s\"\nmttr = \"1 ms\"\n");
  ASSERT_EQ(network.changes.random.size(), 2u);
  EXPECT_THAT(network.changes.random[0].links, ElementsAre(network::LinkId{0}, network::LinkId{1}));
  EXPECT_THAT(network.changes.random[1].links, ElementsAre(network::LinkId{2}, network::LinkId{3}));
}

// One key in the format for each that a row asks for; the reader would not find it otherwise.
TEST(NetworkKeys, RowsAskForKeysThatThereAre) {
  const auto expect_known = [](std::string_view key) {
    const auto& keys = section_format("network").keys;
    EXPECT_NE(std::ranges::find(keys, key, [](const KeyRow& row) { return row.row.name; }), keys.end()) << key;
  };
  for (const network::FabricRow& row : network::fabrics()) std::ranges::for_each(row.keys, expect_known);
  for (const network::MachineRow& row : network::machine_rows()) std::ranges::for_each(row.keys, expect_known);
}

TEST(Roles, OfTheAllReduce) {
  const auto roles = [](int workers, const std::string& lines) { return network_of(workers, lines).algorithms.roles; };
  EXPECT_EQ(roles(4, "all_reduce = \"parameter-server\"\nservers = 3\n"), (network::Roles{0, 3}));
  EXPECT_EQ(roles(4, "all_reduce = \"parameter-server\"\n"), network::Roles{});
  EXPECT_EQ(roles(4, "all_reduce = \"tree-all-reduce\"\nroot = 2\n"), (network::Roles{2, 0}));
  EXPECT_EQ(roles(4, ""), network::Roles{});
}

TEST(Roles, ThatDoNotFitAreErrorsAtTheirKeys) {
  const auto complaint = [](const std::string& lines) {
    try {
      network_of(4, lines);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(complaint("all_reduce = \"parameter-server\"\nservers = 5\n"),
              testing::HasSubstr("servers: parameter-server among 4 ranks can have 4 servers at most, not 5"));
  EXPECT_THAT(complaint("all_reduce = \"parameter-server\"\nservers = 0\n"), testing::HasSubstr("servers: "));
  EXPECT_THAT(complaint("all_reduce = \"tree-all-reduce\"\nroot = 4\n"),
              testing::HasSubstr("root: there is no rank 4 to be the root of tree-all-reduce: ranks are 0 to 3"));
  EXPECT_THAT(complaint("servers = 2\n"), testing::HasSubstr("servers: "));
  EXPECT_THAT(complaint("all_reduce = \"parameter-server\"\nroot = 2\n"), testing::HasSubstr("root: "));
}

// Another all-reduce than the base's has no use for the base's servers.
TEST(Roles, OfABaseHoldAsLongAsItsAlgorithm) {
  const TemporaryFolder folder;
  folder.write("own.toml", "all_reduce = \"parameter-server\"\nservers = 2\n");
  EXPECT_EQ(network_of(4, "base = \"own.toml\"\n", folder).algorithms.roles, (network::Roles{0, 2}));
  EXPECT_EQ(network_of(4, "base = \"own.toml\"\nall_reduce = \"ring-all-reduce\"\n", folder).algorithms.roles, network::Roles{});
}

/// What is wrong with a [[network]] of these lines.
std::string refusal(const std::string& lines) {
  try {
    network_of(4, lines);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(NetworkKeys, BurstsAreOfEachWorkersOwnLinks) {
  const network::Topology topology =
      network_of(4, kLink + "topology = \"racks\"\nburst = \"64 KiB\"\nburst_bandwidth = \"40 Gbit/s\"\n").cluster.topology;
  int bursty = 0;
  for (const network::Link& link : topology.links()) {
    if (link.burst.bytes == Bytes(0)) continue;
    ++bursty;
    EXPECT_EQ(link.burst.bytes, Bytes(65536));
    EXPECT_EQ(link.burst.peak, Bandwidth::bytes_per_second(5e9));
    EXPECT_TRUE(topology.node(link.from).kind == network::NodeKind::host ||
                topology.node(link.to).kind == network::NodeKind::host);
  }
  EXPECT_EQ(bursty, 8);
  EXPECT_THAT(refusal(kLink + "burst = \"0 B\"\n"), testing::HasSubstr("must be above zero"));
  EXPECT_THAT(refusal(kLink + "burst = \"2000 GB\"\n"), testing::HasSubstr("at most 1000 GB"));
  EXPECT_THAT(refusal(kLink + "burst = \"64 KiB/s\"\n"), testing::HasSubstr("network[0].burst"));
  EXPECT_THAT(refusal(kLink + "burst_bandwidth = \"1 Gbit/s\"\n"), testing::HasSubstr("no effect without burst"));
  EXPECT_THAT(refusal(kLink + "burst = \"1 kB\"\nmachine = \"nvlink\"\ngpus_per_node = 2\n"),
              testing::HasSubstr("one link of its own"));
}

}  // namespace
}  // namespace syncline::scenarios
