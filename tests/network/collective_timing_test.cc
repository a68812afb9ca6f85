#include "network/collective_timing.h"

#include <gtest/gtest.h>

#include "network/builders.h"
#include "network/collectives/rows.h"
#include "network/fabrics/fabric.h"
#include "tests/network/ways.h"

namespace syncline::network {
namespace {

const LinkSpec kLink{Bandwidth::bytes_per_second(1e9), Time::microseconds(1)};
const CommunicationStack kStack{"stack", Time::microseconds(5), 0.5, ""};

// Six steps, each of 1 MB that are 2 MB on the wire, over two links; and a launch.
TEST(CollectiveTiming, TimesARingByHand) {
  const Cluster cluster = star(4, kLink);
  for (const Reckoning wanted : {Reckoning::collapsed, Reckoning::exact, Reckoning::bounded}) {
    const CollectiveTime time = time_collective(cluster, kStack, {"ring-all-reduce", Bytes(4'000'000)}, wanted);
    EXPECT_EQ(time.by, wanted == Reckoning::exact ? Reckoning::exact : Reckoning::collapsed);
    EXPECT_EQ(time.most, Time::microseconds(5 + 6 * 2002));
    EXPECT_EQ(time.least, time.most);
    EXPECT_LE(time.bound, time.most);  // reckoned in double, rounded down
    EXPECT_GE(time.bound + Time::picoseconds(1), time.most);
    EXPECT_DOUBLE_EQ(time.sent_bytes, 12e6);
    EXPECT_EQ(time.link_seconds, std::vector<double>(8, 0.012));
  }
}

// Two steps of 2 MB at 1 GB/s. A first call begins with a full bucket of 1 MB, which saves 1 ms; in a loop it finds what came in
// during the pause.
TEST(CollectiveTiming, ALoopUsesUpBursts) {
  Cluster cluster = star(2, {Bandwidth::bytes_per_second(1e9), Time::zero()});
  const CollectiveCall call{"ring-all-reduce", Bytes(4'000'000)};
  const CommunicationStack stack{"stack", Time::zero(), 1, ""};
  EXPECT_EQ(time_in_a_loop(cluster, stack, call, Time::milliseconds(7)), Time::milliseconds(4));
  for (int worker = 0; worker < 2; ++worker) {
    let_worker_burst(cluster, worker, {Bytes(1'000'000), Bandwidth::bytes_per_second(1e10)});
  }
  const auto in_a_loop = [&](std::int64_t pause_us) {
    return time_in_a_loop(cluster, stack, call, Time::microseconds(pause_us)).seconds();
  };
  EXPECT_NEAR(time_collective(cluster, stack, call, Reckoning::exact).most.seconds(), 3e-3, 1e-9);
  EXPECT_NEAR(in_a_loop(0), 4e-3, 1e-9);
  EXPECT_NEAR(in_a_loop(500), 3.5e-3, 1e-9);
  EXPECT_NEAR(in_a_loop(5000), 3e-3, 1e-9);
  // Many calls of 20 kB fit in one bucket; in the long run each takes two steps of 10 us.
  EXPECT_NEAR(time_in_a_loop(cluster, stack, {"ring-all-reduce", Bytes(20'000)}, Time::zero()).seconds(), 20e-6, 1e-9);
}

// Two racks of two: a direct all-reduce has eight flows on each uplink at its two steps, and four if halved; nothing is proven.
TEST(CollectiveTiming, PlaysOrBoundsWhatCannotBeCollapsed) {
  const Cluster cluster = racks(2, 2, kLink, kLink);
  const CollectiveCall call{"direct-all-reduce", Bytes(4'000'000)};
  const CollectiveTime exact = time_collective(cluster, kStack, call, Reckoning::collapsed);
  const CollectiveTime bounded = time_collective(cluster, kStack, call, Reckoning::bounded);
  EXPECT_EQ(exact.by, Reckoning::exact);
  EXPECT_EQ(bounded.by, Reckoning::bounded);
  EXPECT_LE(bounded.least, exact.most);
  EXPECT_GE(bounded.most, exact.most);
  EXPECT_LT(bounded.least, bounded.most);
}

// Two workers, whose own hosts serve, or two servers apart: then all of the vector is pushed, and nothing stays at home.
TEST(CollectiveTiming, ServersOfTheirOwnGetAllOfTheVector) {
  const CollectiveCall call{kHierarchicalParameterServer.name, Bytes(4'000'000)};
  for (const bool apart : {false, true}) {
    Cluster cluster = bare_hosts(2);
    if (apart) add_servers(cluster, 2);
    FabricSpec spec;
    spec.link = kLink;
    attach("star", cluster, spec);
    const CollectiveTime time = time_collective(cluster, {}, call, Reckoning::exact);
    EXPECT_EQ(time.most, 2 * Time::microseconds(2 + (apart ? 4000 : 2000))) << apart;
    EXPECT_DOUBLE_EQ(time.sent_bytes, 4e6) << apart;
    EXPECT_EQ(time.link_seconds.size(), apart ? 8u : 4u);
    for (const double seconds : time.link_seconds) EXPECT_DOUBLE_EQ(seconds, 4e-3);
    EXPECT_LE(time.bound, time.most);
  }
}

// nccl-tests, doc/PERFORMANCE.md.
TEST(CollectiveTiming, HasTheBusFactorsOfNcclTests) {
  EXPECT_DOUBLE_EQ(bus_factor(Operation::all_reduce, 8), 1.75);
  EXPECT_DOUBLE_EQ(bus_factor(Operation::all_gather, 8), 0.875);
  EXPECT_DOUBLE_EQ(bus_factor(Operation::reduce_scatter, 8), 0.875);
  EXPECT_DOUBLE_EQ(bus_factor(Operation::all_to_all, 8), 0.875);
  EXPECT_DOUBLE_EQ(bus_factor(Operation::broadcast, 8), 1);
  EXPECT_DOUBLE_EQ(bus_factor(Operation::reduce, 8), 1);
}

TEST(CollectiveTiming, CountsBuffersAsNcclTestsDo) {
  EXPECT_EQ(call_for_buffer(Operation::all_reduce, kRingAllReduce.name, Bytes(1000), 8).bytes, Bytes(1000));
  EXPECT_EQ(call_for_buffer(Operation::all_gather, kRingAllGather.name, Bytes(1000), 8).bytes, Bytes(125));
  EXPECT_EQ(call_for_buffer(Operation::all_gather, kRingAllGather.name, Bytes(1001), 8).bytes, Bytes(126));
}

TEST(CollectiveTiming, KnowsNoOtherAlgorithms) {
  EXPECT_EQ(error_of([] {
              time_collective(star(2, kLink), kStack, {"rink-all-reduce", Bytes(1)}, Reckoning::exact);
            }),
            "no collective 'rink-all-reduce'; did you mean 'ring-all-reduce'?");
}

}  // namespace
}  // namespace syncline::network
