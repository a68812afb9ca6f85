// What a stack chooses, and what its choice costs, by hand on stacks of a few round numbers.
#include "network/stack.h"

#include <gtest/gtest.h>

#include <limits>

#include "network/builders.h"
#include "network/fabrics/fabric.h"
#include "sim/error.h"
#include "sim/random.h"
#include "tests/seeds.h"

namespace syncline::network {
namespace {

Bandwidth gigabytes(double n) { return Bandwidth::bytes_per_second(n * 1e9); }
Time us(std::int64_t n) { return Time::microseconds(n); }

ClusterFacts one_machine(int ranks) { return {ranks, 1, gigabytes(100), gigabytes(std::numeric_limits<double>::infinity())}; }
ClusterFacts machines_of(int machines, int each) { return {machines * each, machines, gigabytes(100), gigabytes(10)}; }

/// 2 us by NVLink, 3 us by PCIe, 20 us across; half, a third or a quarter of the bandwidth.
Variant variant(const std::string& algorithm, Hops hops) {
  Variant made;
  made.algorithms = {algorithm};
  made.launch = us(7);
  made.hops = hops;
  made.hop = {us(2), us(3), us(20)};
  made.efficiency = {0.5, 1.0 / 3, 0.25};
  return made;
}

CommunicationStack stack_with(std::vector<Variant> variants, Choice choice = Choice::estimate) {
  CommunicationStack stack{"hand-made", us(1), 1.0, ""};
  stack.choice = choice;
  stack.variants = std::move(variants);
  return stack;
}

Terms terms(const Variant& what, const ClusterFacts& facts, GpuJoin join = GpuJoin::nvswitch) {
  CommunicationStack stack = stack_with({what});
  stack.join = join;
  const Chosen chosen = choose(stack, {Operation::all_reduce, "", Bytes(1000)}, facts);
  return terms_of(stack, chosen, facts);
}

/// Hops of all rounds together.
double hops_us(const Variant& what, const ClusterFacts& facts) {
  CommunicationStack stack = stack_with({what});
  const Operation operation = collective(what.algorithms.front()).operation;
  const Chosen chosen = choose(stack, {operation, "", Bytes(0)}, facts);
  return estimated_seconds(stack, chosen, Bytes(0), facts) * 1e6 - 8;
}

TEST(Stack, HopsOfARingOfEightAreFourteen) {
  EXPECT_EQ(terms(variant("ring-all-reduce", Hops::ring), one_machine(8)).step, us(2));
  EXPECT_EQ(terms(variant("ring-all-reduce", Hops::ring), one_machine(8), GpuJoin::pcie).step, us(3));
  EXPECT_EQ(terms(variant("ring-all-reduce", Hops::ring), machines_of(8, 1)).step, us(20));
  EXPECT_NEAR(hops_us(variant("ring-all-reduce", Hops::ring), one_machine(8)), 14 * 2, 1e-9);
  EXPECT_NEAR(hops_us(variant("ring-all-gather", Hops::ring), one_machine(8)), 7 * 2, 1e-9) << "rounds of another row";
}

// Two machines of four: 14 hops, of which 2 cross the network. A play's rounds take the mean.
TEST(Stack, HopsOfARingOverMachinesAreMixed) {
  EXPECT_NEAR(hops_us(variant("ring-all-reduce", Hops::ring), machines_of(2, 4)), 12 * 2 + 2 * 20, 1e-9);
  EXPECT_EQ(terms(variant("ring-all-reduce", Hops::ring), machines_of(2, 4)).step.count(), 64'000'000 / 14 + 1);
  Variant paced = variant("ring-all-reduce", Hops::ring);
  paced.least_inside = us(5);
  EXPECT_NEAR(hops_us(paced, machines_of(2, 4)), 12 * 5 + 2 * 20, 1e-9);
  EXPECT_NEAR(hops_us(paced, one_machine(8)), 14 * 2, 1e-9) << "one machine has no proxies";
  Variant alone = variant("ring-all-reduce", Hops::ring);
  alone.alone_hop = us(30);
  EXPECT_NEAR(hops_us(alone, machines_of(8, 1)), 14 * 30, 1e-9);
  EXPECT_NEAR(hops_us(alone, machines_of(2, 4)), 12 * 2 + 2 * 20, 1e-9);
}

TEST(Stack, HopsOfATreeAreChainsInsideAndLevelsAcross) {
  EXPECT_NEAR(hops_us(variant("double-tree-all-reduce", Hops::tree), machines_of(16, 4)), 2 * (3 * 2 + 4 * 20), 1e-9);
  EXPECT_NEAR(hops_us(variant("double-tree-all-reduce", Hops::tree), one_machine(8)), 2 * 7 * 2, 1e-9);
}

TEST(Stack, HopsOnceAndByRounds) {
  EXPECT_NEAR(hops_us(variant("direct-all-reduce", Hops::once), one_machine(8)), 2, 1e-9);
  EXPECT_NEAR(hops_us(variant("direct-all-reduce", Hops::once), machines_of(2, 4)), 22, 1e-9);
  EXPECT_NEAR(hops_us(variant("direct-all-reduce", Hops::rounds), machines_of(2, 4)), 2 * 20, 1e-9);
  EXPECT_NEAR(hops_us(variant("doubling-all-reduce", Hops::rounds), one_machine(8)), 3 * 2, 1e-9);
}

TEST(Stack, EfficiencyIsThatOfTheSlowestKindOfLink) {
  const Variant ring = variant("ring-all-reduce", Hops::ring);
  EXPECT_EQ(terms(ring, one_machine(8)).efficiency, 0.5);
  EXPECT_EQ(terms(ring, one_machine(8), GpuJoin::pcie).efficiency, 1.0 / 3);
  EXPECT_EQ(terms(ring, machines_of(2, 4)).efficiency, 0.25);
  EXPECT_EQ(terms(ring, one_machine(8)).launch, us(8));
}

// Eight ranks send 9/8 of the vector instead of 14/8.
TEST(Stack, SwitchesThatSumLeaveFewerBytes) {
  Variant switched = variant("direct-all-reduce", Hops::once);
  switched.in_switch = true;
  EXPECT_DOUBLE_EQ(terms(switched, one_machine(8)).efficiency, 0.5 * 14 / 9);
  EXPECT_EQ(terms(switched, one_machine(1)).efficiency, 0.5);
}

// 60 GB/s of payload are 120 GB/s on the wire; 8 channels of 4 GB/s are less than that.
TEST(Stack, CapsAreByMachinesAndChannels) {
  Variant capped = variant("ring-all-reduce", Hops::ring);
  capped.caps = {gigabytes(60), gigabytes(40), gigabytes(20)};
  EXPECT_EQ(terms(capped, one_machine(8)).cap, 120e9);
  EXPECT_EQ(terms(capped, machines_of(2, 4)).cap, 160e9);
  EXPECT_EQ(terms(capped, machines_of(4, 2)).cap, 80e9);
  capped.channel_caps = {gigabytes(4), gigabytes(3), gigabytes(2)};
  CommunicationStack stack = stack_with({capped});
  stack.channels_inside = 8;
  stack.channels_across = 5;
  const auto cap = [&](const ClusterFacts& facts) {
    return terms_of(stack, choose(stack, {Operation::all_reduce, "", Bytes(1)}, facts), facts).cap;
  };
  EXPECT_EQ(cap(one_machine(8)), 2 * 32e9);
  EXPECT_EQ(cap(machines_of(4, 2)), 4 * 10e9);
  ClusterFacts four_nics = machines_of(4, 2);
  four_nics.nics = 4;
  EXPECT_EQ(cap(four_nics), 80e9) << "4 times 10 GB/s of channels are more than 20 GB/s";
  stack.channels_across = 1;
  EXPECT_EQ(cap(four_nics), 4 * 4 * 2e9);
  stack.all_nics = false;
  EXPECT_EQ(cap(four_nics), 4 * 2e9);
}

// 8 ranks, 8 MB: a ring sends 14 MB by 50 GB/s, besides 8 us and 28 us of hops.
TEST(Stack, TheEstimateIsLaunchHopsAndBytes) {
  Variant ring = variant("ring-all-reduce", Hops::ring);
  const auto microseconds = [](const Variant& what, const ClusterFacts& facts, std::int64_t bytes) {
    const CommunicationStack stack = stack_with({what});
    return 1e6 * estimated_seconds(stack, choose(stack, {Operation::all_reduce, "", Bytes(bytes)}, facts), Bytes(bytes), facts);
  };
  EXPECT_NEAR(microseconds(ring, one_machine(8), 8'000'000), 8 + 28 + 280, 1e-6);
  ring.caps = {gigabytes(20), gigabytes(20), gigabytes(20)};
  EXPECT_NEAR(microseconds(ring, one_machine(8), 8'000'000), 8 + 28 + 700, 1e-6);
  ring.caps.clear();
  ring.factors = {0.5, 0.25};  // from 64 bytes, from 128; 1 from 256
  EXPECT_NEAR(microseconds(ring, one_machine(8), 100), 36 + 175.0 / 0.5 / 50e3, 1e-9);
  EXPECT_NEAR(microseconds(ring, one_machine(8), 255), 36 + 255 * 1.75 / 0.25 / 50e3, 1e-9);
  EXPECT_NEAR(microseconds(ring, one_machine(8), 256), 36 + 256 * 1.75 / 50e3, 1e-9);
  ring.factors.clear();
  ring.sent = 3;
  EXPECT_NEAR(microseconds(ring, one_machine(8), 8'000'000), 36 + 480, 1e-6);
  ring.sent.reset();
  ring.plateau = 1.5;
  ring.plateau_bytes = 64;
  EXPECT_NEAR(microseconds(ring, machines_of(2, 4), 511), 8 + 64 + 511 * 1.75 / 2.5e3, 1e-9);
  EXPECT_NEAR(microseconds(ring, machines_of(2, 4), 512), 8 + 96 + 512 * 1.75 / 2.5e3, 1e-9);
}

TEST(Stack, EachLimitKeepsAVariantAway) {
  const auto is_taken = [](const Condition& condition, std::int64_t bytes, const ClusterFacts& facts, GpuJoin join) {
    Variant limited = variant("ring-all-reduce", Hops::ring);
    limited.condition = condition;
    CommunicationStack stack = stack_with({limited, variant("direct-all-reduce", Hops::rounds)}, Choice::first);
    stack.join = join;
    return choose(stack, {Operation::all_reduce, "", Bytes(bytes)}, facts).variant == stack.variants.data();
  };
  const auto taken = [&](const Condition& condition) { return is_taken(condition, 800, machines_of(2, 4), GpuJoin::nvlink); };
  EXPECT_TRUE(taken({}));
  EXPECT_TRUE(taken({.least_bytes = 800, .most_bytes = 800}));
  EXPECT_FALSE(taken({.least_bytes = 801}));
  EXPECT_FALSE(taken({.most_bytes = 799}));
  EXPECT_TRUE(taken({.least_block = 100, .most_block = 100}));
  EXPECT_FALSE(taken({.least_block = 101}));
  EXPECT_FALSE(taken({.most_block = 99}));
  EXPECT_TRUE(taken({.least_ranks = 8, .most_ranks = 8}));
  EXPECT_FALSE(taken({.least_ranks = 9}));
  EXPECT_FALSE(taken({.most_ranks = 7}));
  EXPECT_TRUE(taken({.least_machines = 2, .most_machines = 2}));
  EXPECT_FALSE(taken({.least_machines = 3}));
  EXPECT_FALSE(taken({.most_machines = 1}));
  EXPECT_TRUE(taken({.power_of_two = true}));
  EXPECT_FALSE(taken({.power_of_two = false}));
  EXPECT_TRUE(is_taken({.power_of_two = false}, 800, machines_of(2, 3), GpuJoin::nvlink));
  EXPECT_TRUE(taken({.ranks_per_byte = 0.005, .ranks_besides = 4}));  // 800 bytes want 8 ranks, and 801 more
  EXPECT_FALSE(taken({.ranks_per_byte = 0.005, .ranks_besides = 4.01}));
  EXPECT_FALSE(is_taken({.ranks_per_byte = 0.005, .ranks_besides = 4}, 801, machines_of(2, 4), GpuJoin::nvlink));
  EXPECT_TRUE(taken({.least_join = GpuJoin::nvlink}));
  EXPECT_FALSE(taken({.least_join = GpuJoin::nvswitch}));
}

// 8 ranks of which two serve: one of them sends all but its half, and that to seven, which are 4 S; with eight servers, 7/4 S.
TEST(Stack, TheEstimateKnowsServersAndRoots) {
  const CommunicationStack stack = stack_with({variant("parameter-server", Hops::rounds), variant("gather", Hops::rounds)});
  const auto bytes_us = [&](Operation operation, const Roles& roles) {
    const Chosen chosen = choose(stack, {operation, "", Bytes(8'000'000), roles}, one_machine(8));
    EXPECT_EQ(chosen.roles, roles);
    const auto microseconds = [&](std::int64_t bytes) {
      return 1e6 * estimated_seconds(stack, chosen, Bytes(bytes), one_machine(8));
    };
    return microseconds(8'000'000) - microseconds(0);
  };
  EXPECT_NEAR(bytes_us(Operation::all_reduce, {0, 2}), 4 * 8e6 / 50e3, 1e-6);
  EXPECT_NEAR(bytes_us(Operation::all_reduce, {}), 1.75 * 8e6 / 50e3, 1e-6);
  EXPECT_NEAR(bytes_us(Operation::gather, {7, 0}), 0.5 * 8e6 / 50e3, 1e-6);
  EXPECT_THROW(bytes_us(Operation::all_reduce, {0, 9}), UserError);
  EXPECT_THROW(bytes_us(Operation::gather, {8, 0}), UserError);
}

TEST(Stack, ANamedAlgorithmIsKept) {
  const CommunicationStack stack = stack_with({variant("direct-all-reduce", Hops::once), variant("ring-all-reduce", Hops::ring)});
  const ClusterFacts facts = one_machine(8);
  EXPECT_EQ(choose(stack, {Operation::all_reduce, "", Bytes(1)}, facts).row->name, "direct-all-reduce");
  const Chosen ring = choose(stack, {Operation::all_reduce, "ring-all-reduce", Bytes(1)}, facts);
  EXPECT_EQ(ring.variant, &stack.variants[1]);
  const Chosen tree = choose(stack, {Operation::all_reduce, "tree-all-reduce", Bytes(1)}, facts);
  EXPECT_EQ(tree.row->name, "tree-all-reduce");
  EXPECT_EQ(tree.variant, nullptr);
  EXPECT_EQ(terms_of(stack, tree, facts).launch, us(1));
}

TEST(Stack, WithoutAVariantForTheOperationThereIsNoChoice) {
  EXPECT_THROW(choose(stack_with({}), {Operation::all_reduce, "", Bytes(1)}, one_machine(8)), UserError);
  EXPECT_THROW(
      choose(stack_with({variant("ring-all-reduce", Hops::ring)}), {Operation::all_gather, "", Bytes(1)}, one_machine(8)),
      UserError);
}

TEST(Stack, FactsAreThoseOfTheWays) {
  const LinkSpec fast{gigabytes(100), us(1)}, slow{gigabytes(10), us(1)};
  const auto facts = [](const Cluster& cluster) {
    Routing routing(cluster.topology);
    return facts_of(cluster, routing);
  };
  const ClusterFacts star_facts = facts(star(5, slow));
  EXPECT_EQ(star_facts.ranks, 5);
  EXPECT_EQ(star_facts.machines, 5);
  EXPECT_EQ(star_facts.across, gigabytes(10));
  const ClusterFacts nodes = facts(multi_gpu_nodes(3, 4, fast, slow));
  EXPECT_EQ(nodes.ranks, 12);
  EXPECT_EQ(nodes.machines, 3);
  EXPECT_EQ(nodes.inside, gigabytes(100));
  EXPECT_EQ(nodes.across, gigabytes(10));
  EXPECT_EQ(facts(multi_gpu_nodes(1, 4, fast, slow)).machines, 1);
  EXPECT_EQ(facts(star(1, slow)).machines, 1);
}

Variant random_variant(sim::RandomStream& random, const std::string& algorithm) {
  Variant made = variant(algorithm, static_cast<Hops>(random.below(4)));
  made.launch = us(static_cast<std::int64_t>(random.below(30)));
  const auto time = [&] { return Time::nanoseconds(static_cast<std::int64_t>(random.below(5000))); };
  made.hop = {time(), time(), time()};
  const double share = 0.05 + 0.95 * random.uniform();
  made.efficiency = {share, share, share};
  if (random.below(2) == 0) {
    for (std::uint64_t i = random.below(20); i > 0; --i) made.factors.push_back(0.2 + random.uniform());
  }
  if (random.below(2) == 0) {
    made.plateau = 1.0 + random.uniform();
    made.plateau_bytes = static_cast<std::int64_t>(random.below(64));
  }
  if (random.below(2) == 0) made.condition.least_bytes = static_cast<std::int64_t>(random.below(2000));
  if (random.below(2) == 0) {
    made.condition.ranks_per_byte = 0.02 * random.uniform();
    made.condition.ranks_besides = 10 * random.uniform();
  }
  if (random.below(2) == 0) made.condition.most_block = static_cast<std::int64_t>(random.below(400));
  return made;
}

CommunicationStack random_stack_of_five(sim::RandomStream& random) {
  CommunicationStack stack = stack_with({variant("ring-all-reduce", Hops::ring)});
  for (const char* name : {"ring-all-reduce", "direct-all-reduce", "double-tree-all-reduce", "tree-all-reduce"}) {
    stack.variants.push_back(random_variant(random, name));
  }
  if (random.below(3) == 0) stack.choice = Choice::first;
  return stack;
}

// Every single size looked at, on random stacks.
TEST(Stack, SwitchPointsAreWhereTheChoiceChanges) {
  for (const std::uint64_t seed : seeds(200)) {
    sim::RandomStream random(seed, "switch points");
    const CommunicationStack stack = random_stack_of_five(random);
    const ClusterFacts facts{8, random.below(2) == 0 ? 1 : 4, gigabytes(0.05), gigabytes(0.02)};
    std::vector<Bytes> expected;
    for (std::int64_t bytes = 1; bytes <= 3000; ++bytes) {
      const Chosen before = choose(stack, {Operation::all_reduce, "", Bytes(bytes - 1)}, facts);
      const Chosen here = choose(stack, {Operation::all_reduce, "", Bytes(bytes)}, facts);
      if (before.variant != here.variant) expected.emplace_back(bytes);
    }
    EXPECT_EQ(switch_points(stack, {Operation::all_reduce, "", Bytes(0)}, facts, Bytes(0), Bytes(3000)), expected)
        << "seed " << seed;
  }
}

// Four ranks send 3 kB each, on links of x GB/s. One variant takes 1 us + 6 us / x, the other 4 us + 3 us / x: they meet at x = 1.
TEST(Stack, SwitchSpeedsByHand) {
  const ClusterFacts facts{4, 4, gigabytes(1e9), gigabytes(1)};
  const auto made = [](std::int64_t launch, double efficiency) {
    Variant result = variant("ring-all-reduce", Hops::ring);
    result.launch = us(launch);
    result.hop = {};
    result.efficiency = {efficiency, efficiency, efficiency};
    return result;
  };
  CommunicationStack stack = stack_with({made(1, 0.5), made(4, 1)});
  stack.launch = Time::zero();
  const Wanted wanted{Operation::all_reduce, "", Bytes(2000)};
  const std::vector<SpeedSwitch> one = switch_speeds(stack, wanted, facts, 0.01, 100);
  ASSERT_EQ(one.size(), 1u);
  EXPECT_NEAR(one[0].speed, 1, 1e-12);
  EXPECT_EQ(one[0].before.variant, &stack.variants[1]) << "on slow links";
  EXPECT_EQ(one[0].after.variant, &stack.variants[0]);
  EXPECT_TRUE(switch_speeds(stack, wanted, facts, 1.5, 100).empty());
  EXPECT_TRUE(switch_speeds(stack, wanted, facts, 0.01, 0.5).empty());
  // With 0.75 GB/s at most the first takes 5 us from 1.5 on, and the other, 4 us + 3 us / x, is the faster from x = 3 on.
  stack.variants[0].caps.assign(3, gigabytes(0.75));
  const std::vector<SpeedSwitch> two = switch_speeds(stack, wanted, facts, 0.01, 100);
  ASSERT_EQ(two.size(), 2u);
  EXPECT_NEAR(two[1].speed, 3, 1e-12);
  EXPECT_EQ(two[1].after.variant, &stack.variants[1]);
  stack.choice = Choice::first;
  EXPECT_TRUE(switch_speeds(stack, wanted, facts, 0.01, 100).empty());
}

// A fine grid of speeds on random stacks: between two of them the choice is the same unless a switch is named.
TEST(Stack, SwitchSpeedsAreWhereTheChoiceChanges) {
  for (const std::uint64_t seed : seeds(60)) {
    sim::RandomStream random(seed, "switch speeds");
    CommunicationStack stack = random_stack_of_five(random);
    for (Variant& each : stack.variants) {
      if (random.below(2) == 0) each.caps.assign(3, gigabytes(0.2 * random.uniform() + 0.001));
    }
    const ClusterFacts facts{8, random.below(2) == 0 ? 1 : 4, gigabytes(0.05), gigabytes(0.02)};
    const Wanted wanted{Operation::all_reduce, "", Bytes(static_cast<std::int64_t>(random.below(3000)))};
    const auto at = [&](double speed) {
      ClusterFacts scaled = facts;
      scaled.inside = gigabytes(0.05 * speed);
      scaled.across = gigabytes(0.02 * speed);
      return choose(stack, wanted, scaled).variant;
    };
    const std::vector<SpeedSwitch> switches = switch_speeds(stack, wanted, facts, 0.05, 20);
    for (const SpeedSwitch& each : switches) {
      EXPECT_EQ(at(each.speed * (1 - 1e-9)), each.before.variant) << "seed " << seed;
      EXPECT_EQ(at(each.speed * (1 + 1e-9)), each.after.variant) << "seed " << seed;
    }
    for (double speed = 0.05; speed < 19.9; speed *= 1.03) {
      const Variant* expected = at(0.05);
      for (const SpeedSwitch& each : switches) {
        if (each.speed <= speed) expected = each.after.variant;
      }
      ASSERT_EQ(at(speed), expected) << "seed " << seed << ", links x " << speed;
    }
  }
}

}  // namespace
}  // namespace syncline::network
