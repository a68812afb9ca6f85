// Collapsed collectives against the exact play: the same times to the picosecond, or NotCollapsible.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "network/communicator.h"
#include "sim/random.h"
#include "tests/network/kinds_of_links.h"
#include "tests/network/random_stack.h"
#include "tests/network/roles.h"
#include "tests/seeds.h"

namespace syncline::network {
namespace {

using How = Communicator::How;

struct Program {
  std::vector<CollectiveCall> calls;  // one after the other
  std::vector<Time> think;            // [rank % size * calls + call] before each call
};

using Timings = std::vector<std::vector<CollectiveTiming>>;  // [rank][call]

sim::Task<> run(sim::Simulator& simulator, Communicator& communicator, int rank, const Program& program,
                std::vector<CollectiveTiming>& timings) {
  for (std::size_t i = 0; i < program.calls.size(); ++i) {
    const std::size_t place = (static_cast<std::size_t>(rank) * program.calls.size() + i) % program.think.size();
    co_await sim::delay(simulator, program.think[place]);
    const CollectiveTiming timing = co_await communicator.run(rank, program.calls[i]);
    timings.push_back(timing);
  }
}

Timings play(const Cluster& cluster, const CommunicationStack& stack, const Program& program, How how, int callers = 0) {
  sim::Simulator simulator;
  FlowNetwork flows(simulator, cluster.topology);
  Communicator communicator(simulator, flows, cluster, stack, how, callers);
  Timings timings(callers > 0 ? static_cast<std::size_t>(callers) : cluster.workers.size());
  for (std::size_t rank = 0; rank < timings.size(); ++rank) {
    sim::spawn(simulator, run(simulator, communicator, static_cast<int>(rank), program, timings[rank]));
  }
  simulator.run();
  EXPECT_EQ(simulator.unfinished_processes(), 0u);
  return timings;
}

/// One by one, and joined where they touch.
std::vector<std::pair<Time, Time>> each_of(const std::vector<Interval>& intervals) {
  std::vector<std::pair<Time, Time>> all, joined;
  for (const Interval& interval : intervals) {
    for_each_time(interval, [&](const Interval& once) { all.emplace_back(once.begin, once.end); });
  }
  std::ranges::sort(all);
  for (const auto& [begin, end] : all) {
    if (!joined.empty() && begin <= joined.back().second) {
      joined.back().second = std::max(joined.back().second, end);
    } else {
      joined.emplace_back(begin, end);
    }
  }
  return joined;
}

/// Every rank of `all`, by the one of `some` that stands for it.
void expect_same(const Timings& all, const Timings& some, const std::string& what) {
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    for (std::size_t call = 0; call < all[rank].size(); ++call) {
      const CollectiveTiming &exact = all[rank][call], &collapsed = some[rank % some.size()].at(call);
      ASSERT_EQ(exact.joined, collapsed.joined) << what << ", rank " << rank << ", call " << call;
      ASSERT_EQ(exact.started, collapsed.started) << what << ", rank " << rank << ", call " << call;
      ASSERT_EQ(exact.finished, collapsed.finished) << what << ", rank " << rank << ", call " << call;
      ASSERT_EQ(each_of(exact.busy), each_of(collapsed.busy)) << what << ", rank " << rank << ", call " << call;
    }
  }
}

LinkSpec random_link(sim::RandomStream& random) {
  return {Bandwidth::bytes_per_second(static_cast<double>(1 + random.below(10)) * 1e8 + 7 * static_cast<double>(random.below(3))),
          Time::nanoseconds(static_cast<std::int64_t>(random.below(3) * random.below(20'000)))};
}

Cluster random_cluster(sim::RandomStream& random) {
  const int some = 1 + static_cast<int>(random.below(6)), others = 1 + static_cast<int>(random.below(5));
  Cluster cluster;
  switch (random.below(4)) {
    case 0:
      cluster = star(some * others, random_link(random));
      break;
    case 1:
      cluster = racks(some, others, random_link(random), random_link(random));
      break;
    case 2:
      cluster = multi_gpu_nodes(some, others, random_link(random), random_link(random));
      break;
    default: {  // of all fabrics and machines, those of several NICs among them
      static const std::vector<NamedCluster> kSmall = small_clusters();
      cluster = kSmall[random.below(kSmall.size())].cluster;
    }
  }
  const int workers = static_cast<int>(cluster.workers.size());
  for (std::uint64_t unequal = random.below(2) * random.below(5); unequal > 0; --unequal) {
    set_worker_link(cluster, static_cast<int>(random.below(static_cast<std::uint64_t>(workers))), random_link(random));
  }
  return cluster;
}

Program random_program(const Cluster& cluster, sim::RandomStream& random) {
  const auto rows = collectives();
  Program program;
  const CollectiveRow& row = rows[random.below(rows.size())];
  const std::uint64_t calls = 1 + random.below(4);
  const std::vector<Roles> some = roles_to_try(row, static_cast<int>(cluster.workers.size()));
  const Roles& roles = some[random.below(some.size())];
  for (std::uint64_t i = 0; i < calls; ++i) {
    program.calls.push_back({row.name, Bytes(static_cast<std::int64_t>(random.below(2) * random.below(100'000))), roles});
  }
  const std::uint64_t delays = random.below(2) == 0 ? 1 : cluster.workers.size() * calls;
  for (std::uint64_t i = 0; i < delays; ++i) {
    program.think.push_back(Time::nanoseconds(static_cast<std::int64_t>(random.below(3) * random.below(200'000))));
  }
  return program;
}

TEST(CollapsedPlay, GivesTheExactPlaysTimesOnRandomSystems) {
  constexpr std::uint64_t kSeed = 11;
  constexpr int kRounds = 32'000;
  RecordProperty("seed", static_cast<int>(kSeed));
  sim::RandomStream random(kSeed, "collapsed");
  std::map<std::string_view, int> collapsed_of_row;
  int collapsed = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Cluster cluster = random_cluster(random);
    const Program program = random_program(cluster, random);
    CommunicationStack stack{"stack", Time::nanoseconds(static_cast<std::int64_t>(random.below(2) * 3000)),
                             random.below(2) == 0 ? 1.0 : 0.83, ""};
    if (random.below(2) == 0) stack = random_stack(random, std::string(program.calls.front().algorithm));
    Timings some;
    try {
      some = play(cluster, stack, program, How::collapsed);
    } catch (const NotCollapsible&) {
      continue;
    }
    ++collapsed;
    ++collapsed_of_row[program.calls.front().algorithm];
    expect_same(play(cluster, stack, program, How::exact), some,
                "seed " + std::to_string(kSeed) + ", round " + std::to_string(round) + ", " + cluster.description + ", " +
                    std::string(program.calls.front().algorithm));
    if (HasFatalFailure()) return;
  }
  EXPECT_GE(collapsed, 8000) << "of " << kRounds;
  for (const char* row : {"ring-all-reduce", "ring-all-gather", "ring-reduce-scatter", "hierarchical-all-reduce",
                          "halving-doubling-all-reduce", "tree-all-reduce", "bruck-all-gather", "doubling-all-gather"}) {
    EXPECT_GE(collapsed_of_row[row], 300) << row;
  }
}

// Rings of up to a hundred ranks, of which a few differ, by their links or by when they come: what is new goes around them.
TEST(CollapsedPlay, GivesTheExactPlaysTimesWhereAFewOfARingDiffer) {
  for (const std::uint64_t seed : seeds(60)) {
    sim::RandomStream random(seed, "few differ");
    const int ranks = 20 + static_cast<int>(random.below(80));
    const auto any_rank = [&] { return static_cast<int>(random.below(static_cast<std::uint64_t>(ranks))); };
    const LinkSpec link{Bandwidth::bytes_per_second(1e9), Time::microseconds(1)};
    Cluster cluster = random.below(2) == 0 ? star(ranks, link) : multi_gpu_nodes(ranks / 4, 4, random_link(random), link);
    const auto workers = static_cast<int>(cluster.workers.size());
    for (std::uint64_t n = random.below(3); n > 0; --n) set_worker_link(cluster, any_rank() % workers, random_link(random));
    Program program{{{"ring-all-reduce", Bytes(static_cast<std::int64_t>(random.below(1'000'000)))}}, {}};
    program.think.assign(cluster.workers.size(), Time::zero());
    for (std::uint64_t n = random.below(3); n > 0; --n) {
      program.think[static_cast<std::size_t>(any_rank() % workers)] =
          Time::nanoseconds(static_cast<std::int64_t>(random.below(500'000)));
    }
    expect_same(play(cluster, {}, program, How::exact), play(cluster, {}, program, How::collapsed),
                "SYNCLINE_TEST_SEED=" + std::to_string(seed) + ", " + cluster.description);
    if (HasFatalFailure()) return;
  }
}

// Machines that are alike, ranks in step: one machine stands for all.
TEST(CollapsedPlay, SomeRanksStandForAll) {
  const LinkSpec inside{Bandwidth::bytes_per_second(1.3e10), Time::nanoseconds(700)};
  const LinkSpec nic{Bandwidth::bytes_per_second(1.25e9), Time::microseconds(5)};
  for (const int nodes : {1, 2, 3, 8}) {
    for (const int gpus : {1, 2, 4, 5}) {
      const Cluster cluster = multi_gpu_nodes(nodes, gpus, inside, nic);
      for (const char* row : {"ring-all-reduce", "hierarchical-all-reduce"}) {
        Program program;
        for (const std::int64_t bytes : {40'000, 0, 4, 999'999, 7}) program.calls.push_back({row, Bytes(bytes)});
        for (int rank = 0; rank < gpus; ++rank) {
          for (std::size_t i = 0; i < program.calls.size(); ++i) program.think.push_back(Time::nanoseconds(3000 * rank));
        }
        expect_same(play(cluster, {}, program, How::exact), play(cluster, {}, program, How::collapsed, gpus),
                    cluster.description + ", " + row);
      }
    }
  }
}

// Machines of three, by one protocol for few bytes and one for many: three ranks stand for all, whichever is taken. The tree,
// that could not be collapsed, is not taken.
TEST(CollapsedPlay, SomeRanksStandForAllWhateverTheStackChooses) {
  sim::RandomStream random(5, "auto");
  CommunicationStack stack = random_stack(random, "ring-all-reduce");
  stack.choice = Choice::first;
  stack.variants[0].condition.most_bytes = 1000;
  stack.variants.push_back(random_stack(random, "ring-all-reduce").variants[0]);
  stack.variants.push_back(random_stack(random, "double-tree-all-reduce").variants[0]);
  const LinkSpec inside{Bandwidth::bytes_per_second(1.3e10), Time::nanoseconds(700)};
  const LinkSpec nic{Bandwidth::bytes_per_second(1.25e9), Time::microseconds(5)};
  const Cluster cluster = multi_gpu_nodes(4, 3, inside, nic);
  {
    sim::Simulator simulator;
    FlowNetwork flows(simulator, cluster.topology);
    EXPECT_EQ(Communicator::period("auto-all-reduce", {}, stack, flows, cluster), 3);
  }
  Program program;
  for (const std::int64_t bytes : {40'000, 0, 4, 999'999, 1'000}) program.calls.push_back({"auto-all-reduce", Bytes(bytes)});
  program.think.assign(program.calls.size(), Time::nanoseconds(300));
  expect_same(play(cluster, stack, program, How::exact), play(cluster, stack, program, How::collapsed, 3), "auto");
}

TEST(CollapsedPlay, KnowsHowManyRanksStandForAll) {
  const LinkSpec link{Bandwidth::bytes_per_second(1e9), Time::microseconds(1)};
  const auto period = [](const Cluster& cluster, const char* row) {
    sim::Simulator simulator;
    FlowNetwork flows(simulator, cluster.topology);
    return Communicator::period(row, {}, {}, flows, cluster);
  };
  EXPECT_EQ(period(star(12, link), "ring-all-reduce"), 1);
  EXPECT_EQ(period(multi_gpu_nodes(3, 4, link, {link.bandwidth, Time::microseconds(9)}), "ring-all-reduce"), 4);
  Cluster one_differs = star(12, link);
  set_worker_link(one_differs, 5, {Bandwidth::bytes_per_second(2e9), Time::zero()});
  EXPECT_EQ(period(one_differs, "ring-all-reduce"), 12);
  EXPECT_EQ(period(star(12, link), "parameter-server"), 12) << "its transfers share links";
}

// What would not be proven is refused: a second user of the network, calls that overlap, links that are shared.
TEST(CollapsedPlay, RefusesWhatItCannotProve) {
  const LinkSpec link{Bandwidth::bytes_per_second(1e9), Time::microseconds(1)};
  const Cluster cluster = star(4, link);
  const Program shared{{{"parameter-server", Bytes(4000)}}, {Time::zero()}};
  EXPECT_THROW(play(cluster, {}, shared, How::collapsed), NotCollapsible);

  sim::Simulator simulator;
  FlowNetwork flows(simulator, cluster.topology);
  flows.start(cluster.workers[0], cluster.workers[1], Bytes(1), [] {});
  EXPECT_THROW(Communicator(simulator, flows, cluster, {}, How::collapsed), NotCollapsible);

  sim::Simulator other;
  FlowNetwork closed(other, cluster.topology);
  Communicator communicator(other, closed, cluster, {}, How::collapsed);
  EXPECT_THROW(closed.start(cluster.workers[0], cluster.workers[1], Bytes(1), [] {}), InternalError);
  Timings timings(2);
  const Program once{{{"ring-all-reduce", Bytes(4000)}}, {Time::zero()}};
  for (std::vector<CollectiveTiming>& each : timings) sim::spawn(other, run(other, communicator, 0, once, each));
  EXPECT_THROW(other.run(), NotCollapsible);
}

}  // namespace
}  // namespace syncline::network
