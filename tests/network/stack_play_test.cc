// Plays of a stack's variants: by hand to the picosecond, and never faster than their bound.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "network/collective_timing.h"
#include "network/communicator.h"
#include "sim/random.h"
#include "tests/network/random_stack.h"
#include "tests/seeds.h"

namespace syncline::network {
namespace {

Time us(std::int64_t n) { return Time::microseconds(n); }

/// 1 us in all; hops of 3 us, and half of the bandwidth.
CommunicationStack stack_of(const std::string& algorithm, Hops hops) {
  Variant variant;
  variant.algorithms = {algorithm};
  variant.launch = us(7);
  variant.hops = hops;
  variant.hop = {us(3), us(3), us(3)};
  variant.efficiency = {0.5, 0.5, 0.5};
  CommunicationStack stack{"hand-made", us(1), 1.0, ""};
  stack.variants = {variant};
  return stack;
}

struct Played {
  Time end;
  double sent = 0;   // by rank 0
  double bound = 0;  // seconds
  std::string algorithm;
};

sim::Task<> call(Communicator& communicator, int rank, CollectiveCall what) { co_await communicator.run(rank, what); }

Played play(const Cluster& cluster, const CommunicationStack& stack, CollectiveCall what) {
  sim::Simulator simulator;
  FlowNetwork flows(simulator, cluster.topology);
  Communicator communicator(simulator, flows, cluster, stack);
  for (int rank = 0; rank < static_cast<int>(cluster.workers.size()); ++rank) {
    sim::spawn(simulator, call(communicator, rank, what));
  }
  simulator.run();
  EXPECT_EQ(simulator.unfinished_processes(), 0u);
  return {simulator.now(), communicator.load(what).sent_bytes[0], communicator.least_seconds({&what, 1}),
          std::string(communicator.chosen(what).row->name)};
}

Cluster four(Time latency) { return star(4, {Bandwidth::bytes_per_second(1e9), latency}); }

// Four ranks, 4 kB: six rounds of 1 kB, which are 2 kB on the wire and take 2 us. Two links of 0.1 us have less than the hop's
// 3 us, two of 5 us have more.
TEST(StackPlay, ARingTakesItsHopsOrTheLinksLatency) {
  const CommunicationStack stack = stack_of("ring-all-reduce", Hops::ring);
  const CollectiveCall what{"ring-all-reduce", Bytes(4000)};
  EXPECT_EQ(play(four(Time::nanoseconds(100)), stack, what).end, us(8) + 6 * us(2 + 3));
  EXPECT_EQ(play(four(us(5)), stack, what).end, us(8) + 6 * us(2 + 10));
  EXPECT_EQ(play(four(Time::nanoseconds(100)), stack, {"ring-all-reduce", Bytes(0)}).end, us(8) + 6 * us(3));
  EXPECT_EQ(play(four(Time::nanoseconds(100)), stack, what).sent, 6 * 2000);
  EXPECT_NEAR(play(four(Time::nanoseconds(100)), stack, what).bound, 38e-6, 1e-18);
}

// The same where a hop passes while its kilobyte is on the links: of 3 us, the 2 us and the latency of 0.2 us are a part. Of two
// kilobytes, which take 4 us, nothing but the latency is waited for.
TEST(StackPlay, AHopMayPassWhileItsMessageIsOnTheLinks) {
  CommunicationStack stack = stack_of("ring-all-reduce", Hops::ring);
  stack.variants[0].hop_overlaps = true;
  const Cluster cluster = four(Time::nanoseconds(100));
  for (const auto& [bytes, step] : {std::pair(0, us(3)), {4000, us(3)}, {8000, Time::nanoseconds(4200)}}) {
    const CollectiveCall what{"ring-all-reduce", Bytes(bytes)};
    EXPECT_EQ(play(cluster, stack, what).end, us(8) + 6 * step) << bytes;
    const CollectiveTime collapsed = time_collective(cluster, stack, what, Reckoning::collapsed);
    EXPECT_EQ(collapsed.most, us(8) + 6 * step) << bytes;
    EXPECT_EQ(collapsed.closed_form, collapsed.most) << bytes;
    EXPECT_LE(collapsed.bound, collapsed.most) << bytes;
  }
}

/// Worker 0 to worker 1 by a cable of 1 us, or around it by two of 2 us.
Cluster two_ways() {
  Cluster cluster = bare_hosts(2);
  const NodeId around = cluster.topology.add_node(NodeKind::network_switch, "around");
  const Bandwidth rate = Bandwidth::bytes_per_second(1e9);
  connect(cluster, cluster.workers[0], cluster.workers[1], {rate, us(1)});
  connect(cluster, cluster.workers[0], around, {rate, us(2)});
  connect(cluster, around, cluster.workers[1], {rate, us(2)});
  return cluster;
}

// A hop of 3 us has the wire in it, by whichever way the message goes: 1 us of it, or 4 us, which is longer.
TEST(StackPlay, AReroutedMessageTakesItsHopOrItsOwnWaysLatency) {
  const Cluster cluster = two_ways();
  for (const bool up : {true, false}) {
    sim::Simulator simulator;
    FlowNetwork flows(simulator, cluster.topology);
    flows.on_link_down(OnLinkDown::reroute);
    flows.set_up({0}, up);
    Communicator communicator(simulator, flows, cluster, stack_of("broadcast", Hops::rounds));
    for (int rank = 0; rank < 2; ++rank) sim::spawn(simulator, call(communicator, rank, {"broadcast", Bytes(1000)}));
    simulator.run();
    EXPECT_EQ(simulator.now(), us(8) + us(2) + us(up ? 3 : 4)) << up;
  }
}

// A quarter of a gigabyte per second of payload: each 1 kB takes 4 us.
TEST(StackPlay, AMessageHasItsCap) {
  CommunicationStack stack = stack_of("ring-all-reduce", Hops::ring);
  const Bandwidth cap = Bandwidth::bytes_per_second(0.25e9);
  stack.variants[0].caps = {cap, cap, cap};
  const Played played = play(four(Time::zero()), stack, {"ring-all-reduce", Bytes(4000)});
  EXPECT_EQ(played.end, us(8) + 6 * us(4 + 3));
  EXPECT_NEAR(played.bound, 50e-6, 1e-18);
}

// Direct: three messages of 900 bytes share a link of 3 GB/s, twice. The switch leaves 5/6 of them: 1,500 bytes on the wire. One
// hop inside and one across are 6 us, half of them in each round.
TEST(StackPlay, SwitchesThatSumSendLess) {
  CommunicationStack stack = stack_of("direct-all-reduce", Hops::once);
  stack.variants[0].in_switch = true;
  const Cluster cluster = star(4, {Bandwidth::bytes_per_second(3e9), Time::zero()});
  const Played played = play(cluster, stack, {"direct-all-reduce", Bytes(3600)});
  EXPECT_EQ(played.end, us(8) + 2 * (Time::nanoseconds(1500) + us(3)));
  EXPECT_NEAR(played.sent, 3600 * 1.25 / 0.5, 1e-6) << "(n+1)/n of the vector";
}

TEST(StackPlay, AnAlgorithmThatTheStackLacksHasItsPlainNumbers) {
  const CommunicationStack stack = stack_of("direct-all-reduce", Hops::once);
  EXPECT_EQ(play(four(us(1)), stack, {"ring-all-reduce", Bytes(4000)}).end, us(1) + 6 * us(1 + 2));
}

// Up to 4 kB by doubling: two rounds of all; above by the ring.
TEST(StackPlay, AutoIsWhatTheStackChooses) {
  CommunicationStack stack = stack_of("doubling-all-reduce", Hops::rounds);
  stack.choice = Choice::first;
  stack.variants[0].condition.most_bytes = 4000;
  stack.variants.push_back(stack_of("ring-all-reduce", Hops::ring).variants[0]);
  stack.variants.push_back(stack_of("ring-all-gather", Hops::ring).variants[0]);
  const Played small = play(four(Time::zero()), stack, {"auto-all-reduce", Bytes(4000)});
  EXPECT_EQ(small.algorithm, "doubling-all-reduce");
  EXPECT_EQ(small.end, us(8) + 2 * us(8 + 3));
  const Played large = play(four(Time::zero()), stack, {"auto-all-reduce", Bytes(8000)});
  EXPECT_EQ(large.algorithm, "ring-all-reduce");
  EXPECT_EQ(large.end, us(8) + 6 * us(4 + 3));
  EXPECT_EQ(play(four(Time::zero()), stack, {"auto-all-gather", Bytes(1000)}).end, us(8) + 3 * us(2 + 3));
}

// An all-gather's size is that of all contributions together.
TEST(StackPlay, AnAllGatherIsChosenByTheWhole) {
  CommunicationStack stack = stack_of("doubling-all-gather", Hops::rounds);
  stack.choice = Choice::first;
  stack.variants[0].condition.most_bytes = 4000;
  stack.variants.push_back(stack_of("ring-all-gather", Hops::ring).variants[0]);
  EXPECT_EQ(play(four(us(1)), stack, {"auto-all-gather", Bytes(1000)}).algorithm, "doubling-all-gather");
  EXPECT_EQ(play(four(us(1)), stack, {"auto-all-gather", Bytes(1004)}).algorithm, "ring-all-gather");
}

TEST(StackPlay, NoVariantBeatsItsBound) {
  for (const std::uint64_t seed : seeds(300)) {
    sim::RandomStream random(seed, "stack bound");
    const CollectiveRow& row = collectives()[random.below(collectives().size())];
    const LinkSpec fast{Bandwidth::bytes_per_second(1e10), Time::nanoseconds(300)};
    const LinkSpec slow{Bandwidth::bytes_per_second(1e8), Time::microseconds(10)};
    const Cluster cluster = random.below(2) == 0 ? star(static_cast<int>(1 + random.below(9)), slow)
                                                 : multi_gpu_nodes(static_cast<int>(1 + random.below(3)), 4, fast, slow);
    const CollectiveCall what{row.name, Bytes(static_cast<std::int64_t>(random.below(3) * random.below(300'000)))};
    const Played played = play(cluster, random_stack(random, std::string(row.name)), what);
    EXPECT_GE(played.end.seconds(), played.bound * (1 - 1e-12))
        << "seed " << seed << ", " << row.name << " on " << cluster.description;
  }
}

// A stack that goes over to a slower protocol, as NCCL's factors can make it do: between the switch points, more bytes never
// finish sooner.
TEST(StackPlay, MoreBytesFinishSoonerOnlyAtSwitchPoints) {
  for (const std::uint64_t seed : seeds(40)) {
    sim::RandomStream random(seed, "monotone stacks");
    CommunicationStack stack = random_stack(random, "ring-all-reduce");
    for (const char* row : {"direct-all-reduce", "double-tree-all-reduce", "doubling-all-reduce"}) {
      stack.variants.push_back(random_stack(random, row).variants[0]);
      for (std::uint64_t i = random.below(16); i > 0; --i) stack.variants.back().factors.push_back(0.1 + random.uniform());
    }
    const LinkSpec link{Bandwidth::bytes_per_second(1.7e9), Time::microseconds(3)};
    const Cluster cluster = random.below(2) == 0 ? star(5, link) : multi_gpu_nodes(2, 3, link, link);
    Routing routing(cluster.topology);
    const std::vector<Bytes> points =
        switch_points(stack, {Operation::all_reduce, "", Bytes(0)}, facts_of(cluster, routing), Bytes(0), Bytes(4'000'000));
    Time before = Time::zero();
    std::int64_t last = 0;
    for (std::int64_t bytes = 1; bytes < 4'000'000; bytes += 1 + bytes / 3) {
      const bool switched =
          std::ranges::any_of(points, [&](Bytes point) { return last < point.count() && point.count() <= bytes; });
      const Time end = play(cluster, stack, {"auto-all-reduce", Bytes(bytes)}).end;
      if (!switched) {
        EXPECT_GE(end, before) << "seed " << seed << ", " << bytes << " bytes on " << cluster.description;
      }
      before = end;
      last = bytes;
    }
  }
}

}  // namespace
}  // namespace syncline::network
