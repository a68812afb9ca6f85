#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/network/ways.h"

namespace syncline::network {
namespace {

const LinkSpec kFast{Bandwidth::bytes_per_second(1e10), Time::microseconds(1)};
const LinkSpec kSlow{Bandwidth::bytes_per_second(1e8), Time::microseconds(10)};

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
  EXPECT_THAT(way(cluster, 1, 3), testing::ElementsAre("worker1>node0", "node0>switch", "switch>node1", "node1>worker3"));
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

}  // namespace
}  // namespace syncline::network
