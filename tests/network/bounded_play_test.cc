// Bounds without flows against the exact play: every rank's end lies between them, and where no two flows share a link they meet.
#include "network/bounded_play.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "network/builders.h"
#include "network/collapsed_play.h"
#include "network/collective_load.h"
#include "network/collectives/rows.h"
#include "sim/random.h"
#include "tests/network/roles.h"
#include "tests/seeds.h"

namespace syncline::network {
namespace {

struct System {
  Cluster cluster;
  const CollectiveRow* row = nullptr;
  Schedule schedule;
  Terms terms;
  std::vector<Time> joined;  // [rank]
};

LinkSpec random_link(sim::RandomStream& random) {
  return {Bandwidth::bytes_per_second(1e8 * static_cast<double>(1 + random.below(30))),
          Time::nanoseconds(static_cast<std::int64_t>(random.below(3) * random.below(20'000)))};
}

System random_system(std::uint64_t seed) {
  sim::RandomStream random(seed, "bounds");
  System system;
  const int some = 1 + static_cast<int>(random.below(5)), others = 1 + static_cast<int>(random.below(4));
  const std::uint64_t shape = random.below(3);
  system.cluster = shape == 0   ? star(some * others, random_link(random))
                   : shape == 1 ? racks(some, others, random_link(random), random_link(random))
                                : multi_gpu_nodes(some, others, random_link(random), random_link(random));
  const int ranks = some * others;
  for (std::uint64_t n = random.below(3); n > 0; --n) {
    set_worker_link(system.cluster, static_cast<int>(random.below(static_cast<std::uint64_t>(ranks))), random_link(random));
  }
  do {
    system.row = &collectives()[random.below(collectives().size())];
  } while (system.row->operation == Operation::push_pull && ranks < 2);
  ScheduleRequest request;
  request.ranks = ranks;
  request.elements = static_cast<std::int64_t>(random.below(100'000)) * ranks;
  request.host_of_rank = system.cluster.host_of_worker;
  const std::vector<Roles> roles = roles_to_try(*system.row, ranks);
  const Roles& taken = roles[random.below(roles.size())];
  request.roles = taken;
  system.schedule = system.row->schedule(request);
  system.terms.efficiency = random.below(2) == 0 ? 1.0 : 0.83;
  system.terms.step = Time::nanoseconds(static_cast<std::int64_t>(random.below(2) * random.below(50'000)));
  if (random.below(3) == 0) system.terms.cap = 1e8 * static_cast<double>(1 + random.below(30));
  system.terms.step_overlaps = random.below(2) == 0;
  const bool late = random.below(2) == 0;
  for (int rank = 0; rank < ranks; ++rank) {
    system.joined.push_back(Time::nanoseconds(late ? static_cast<std::int64_t>(random.below(100'000)) : 0));
  }
  return system;
}

std::vector<Time> play_exactly(const System& system) {
  sim::Simulator simulator;
  FlowNetwork flows(simulator, system.cluster.topology);
  std::vector<Time> ends(system.joined.size());
  CollectivePlay play({simulator, flows, system.cluster.workers}, system.schedule, system.terms,
                      [&](int rank, const RankTiming& timing) { ends[static_cast<std::size_t>(rank)] = timing.ended; });
  for (std::size_t rank = 0; rank < system.joined.size(); ++rank) {
    simulator.schedule_at(system.joined[rank], [&play, rank] { play.join(static_cast<int>(rank)); });
  }
  simulator.run();
  return ends;
}

std::vector<TimeBounds> bounds_of(const System& system) {
  sim::Simulator simulator;
  FlowNetwork flows(simulator, system.cluster.topology);
  return bounded_play(system.schedule, system.terms, flows, system.cluster.workers, system.joined);
}

TEST(BoundedPlay, HoldsTheExactPlayOnRandomSystems) {
  int met = 0, apart = 0;
  for (const std::uint64_t seed : seeds(2000)) {
    const System system = random_system(seed);
    SCOPED_TRACE("SYNCLINE_TEST_SEED=" + std::to_string(seed) + ": " + std::string(system.row->name) + " on " +
                 system.cluster.description);
    const std::vector<Time> ends = play_exactly(system);
    const std::vector<TimeBounds> bounds = bounds_of(system);
    for (std::size_t rank = 0; rank < ends.size(); ++rank) {
      ASSERT_LE(bounds[rank].least, ends[rank]) << "rank " << rank;
      ASSERT_GE(bounds[rank].most, ends[rank]) << "rank " << rank;
      ++(bounds[rank].least == bounds[rank].most ? met : apart);
    }
  }
  RecordProperty("met", met);
  RecordProperty("apart", apart);
}

ScheduleRequest three_ranks() {
  ScheduleRequest request;
  request.ranks = 3;
  request.elements = 3'000'000;
  return request;
}

// Each of three ranks has a link of its own to the switch: a ring's flows share nothing.
TEST(BoundedPlay, IsExactForARingOnAStar) {
  System system;
  system.cluster = star(3, {Bandwidth::bytes_per_second(1e9), Time::microseconds(1)});
  system.schedule = kRingAllReduce.schedule(three_ranks());
  system.joined.assign(3, Time::zero());
  // four steps of 1 MB at 1 GB/s and two links
  for (const TimeBounds& rank : bounds_of(system)) {
    EXPECT_EQ(rank.least, Time::microseconds(4 * 1002));
    EXPECT_EQ(rank.most, Time::microseconds(4 * 1002));
  }
}

// In a gather of three ranks at once the two senders share the root's link: it takes twice as long as a sender alone would.
TEST(BoundedPlay, CountsWhoMayShareALink) {
  System system;
  system.cluster = star(3, {Bandwidth::bytes_per_second(1e9), Time::zero()});
  system.schedule = kDirectGather.schedule(three_ranks());
  system.joined.assign(3, Time::zero());
  const TimeBounds root = bounds_of(system)[0];
  EXPECT_EQ(root.least, Time::milliseconds(1));
  EXPECT_GE(root.most, Time::milliseconds(2));
  EXPECT_LT(root.most, Time::milliseconds(2) + Time::nanoseconds(1));
  EXPECT_EQ(play_exactly(system)[0], Time::milliseconds(2));
}

// Both ranks are on one node: nothing is sent over a link, so that no cap holds it up. The play, its bounds, the collapsed play and
// the load say so alike.
TEST(BoundedPlay, AMessageWithoutLinksHasNoCap) {
  System system;
  system.cluster = star(2, {Bandwidth::bytes_per_second(1e9), Time::microseconds(1)});
  system.cluster.workers[1] = system.cluster.workers[0];
  ScheduleRequest request;
  request.ranks = 2;
  request.elements = 2'000'000;
  system.schedule = kRingAllReduce.schedule(request);
  system.terms.step = Time::microseconds(5);
  system.terms.cap = 1e6;
  system.joined.assign(2, Time::zero());
  const Time two_steps = Time::microseconds(10);
  EXPECT_EQ(play_exactly(system)[0], two_steps);
  EXPECT_EQ(bounds_of(system)[0].least, two_steps);
  EXPECT_EQ(bounds_of(system)[0].most, two_steps);
  sim::Simulator simulator;
  FlowNetwork flows(simulator, system.cluster.topology);
  EXPECT_EQ(CollapsedPlay::prove(system.schedule, system.terms, flows, system.cluster.workers)->play(system.joined)[0].ended,
            two_steps);
  EXPECT_EQ(collective_load(system.schedule, system.terms, flows, system.cluster.workers).rank_seconds[0], two_steps.seconds());
}

}  // namespace
}  // namespace syncline::network
