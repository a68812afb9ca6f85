#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "network/builders.h"
#include "network/routing.h"
#include "sim/error.h"

namespace syncline::network {
namespace {

const LinkSpec kFast{Bandwidth::bytes_per_second(1e10), Time::microseconds(1)};
const LinkSpec kSlow{Bandwidth::bytes_per_second(1e8), Time::microseconds(10)};

/// Names of the links from worker to worker.
std::vector<std::string> way(const Cluster& cluster, std::size_t from, std::size_t to) {
  Routing routing(cluster.topology);
  std::vector<std::string> names;
  for (const LinkId link : routing.route(cluster.workers[from], cluster.workers[to])) {
    names.push_back(cluster.topology.link(link).name);
  }
  return names;
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Builders, StarHasOneSwitch) {
  const Cluster cluster = star(3, kFast);
  EXPECT_EQ(cluster.workers.size(), 3u);
  EXPECT_EQ(cluster.topology.links().size(), 6u);
  EXPECT_THAT(way(cluster, 0, 2), testing::ElementsAre("worker0>switch", "switch>worker2"));
  EXPECT_THAT(cluster.host_of_worker, testing::ElementsAre(0, 1, 2));
}

TEST(Builders, RacksMeetAtTheCore) {
  const Cluster cluster = racks(2, 2, kFast, kSlow);
  EXPECT_THAT(way(cluster, 0, 1), testing::ElementsAre("worker0>rack0", "rack0>worker1"));
  EXPECT_THAT(way(cluster, 1, 2), testing::ElementsAre("worker1>rack0", "rack0>core", "core>rack1", "rack1>worker2"));
}

TEST(Builders, GpusOfAMachineShareItsNic) {
  const Cluster cluster = multi_gpu_nodes(2, 2, kFast, kSlow);
  EXPECT_THAT(way(cluster, 0, 1), testing::ElementsAre("worker0>node0", "node0>worker1"));
  EXPECT_THAT(way(cluster, 1, 3), testing::ElementsAre("worker1>node0", "node0>core", "core>node1", "node1>worker3"));
  EXPECT_THAT(cluster.host_of_worker, testing::ElementsAre(0, 0, 1, 1));
}

TEST(Builders, OneWorkersLinkIsChangedBothWaysAndNoOther) {
  Cluster cluster = star(3, kFast);
  set_worker_link(cluster, 1, kSlow);
  for (const Link& link : cluster.topology.links()) {
    const bool changed = link.from == cluster.workers[1] || link.to == cluster.workers[1];
    EXPECT_EQ(link.capacity, changed ? kSlow.bandwidth : kFast.bandwidth) << link.name;
    EXPECT_EQ(link.latency, changed ? kSlow.latency : kFast.latency) << link.name;
  }
}

TEST(Builders, RefuseWhatCannotBe) {
  EXPECT_EQ(error_of([] { star(0, kFast); }), "the number of workers must be positive, not 0");
  EXPECT_EQ(error_of([] { racks(-1, 2, kFast, kFast); }), "the number of racks must be positive, not -1");
  EXPECT_EQ(error_of([] { multi_gpu_nodes(1, 0, kFast, kFast); }), "the number of GPUs in a machine must be positive, not 0");
  EXPECT_EQ(error_of([] {
              star(1, {Bandwidth::bytes_per_second(-1), Time::zero()});
            }),
            "link worker0>switch: the bandwidth must be positive and finite");
  EXPECT_EQ(error_of([] {
              star(1, {Bandwidth::bytes_per_second(1), Time::picoseconds(-1)});
            }),
            "link worker0>switch: the latency must not be negative");
  EXPECT_EQ(error_of([] {
              Cluster cluster = star(2, kFast);
              set_worker_link(cluster, 2, kFast);
            }),
            "there is no worker 2: they are 0 to 1");
}

TEST(Topology, FindsNodesByName) {
  const Cluster cluster = star(3, kFast);
  EXPECT_EQ(cluster.topology.find_node("worker1"), cluster.workers[1]);
  EXPECT_EQ(error_of([&] { cluster.topology.find_node("swich"); }), "no node 'swich'; did you mean 'switch'?");
}

TEST(Routing, PrefersLatencyThenFewerLinksThenTheFirst) {
  Topology topology;
  const NodeId a = topology.add_node(NodeKind::host, "a");
  const NodeId b = topology.add_node(NodeKind::network_switch, "b");
  const NodeId c = topology.add_node(NodeKind::host, "c");
  const Bandwidth any = Bandwidth::bytes_per_second(1);
  const LinkId direct = topology.add_link(a, c, any, Time::microseconds(4));
  topology.add_link(a, c, any, Time::microseconds(4));
  const LinkId in = topology.add_link(a, b, any, Time::microseconds(2));
  const LinkId out = topology.add_link(b, c, any, Time::microseconds(2));
  EXPECT_THAT(Routing(topology).route(a, c), testing::ElementsAre(direct));
  topology.set_link(out, any, Time::microseconds(1));
  EXPECT_THAT(Routing(topology).route(a, c), testing::ElementsAre(in, out));
  EXPECT_TRUE(Routing(topology).route(a, a).empty());
}

TEST(Routing, NamesBothEndsWhereThereIsNoWay) {
  Topology topology;
  const NodeId a = topology.add_node(NodeKind::host, "a");
  const NodeId b = topology.add_node(NodeKind::host, "b");
  topology.add_link(a, b, Bandwidth::bytes_per_second(1), Time::zero());
  Routing routing(topology);
  EXPECT_EQ(error_of([&] { routing.route(b, a); }), "there is no way from b to a");
}

}  // namespace
}  // namespace syncline::network
