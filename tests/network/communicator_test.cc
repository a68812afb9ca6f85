// Collectives played on networks: equal links to the picosecond, then systems small enough to reckon by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "network/communicator.h"
#include "network/fabrics/fabric.h"
#include "sim/error.h"
#include "tests/network/roles.h"
#include "tests/seeds.h"

namespace syncline::network {
namespace {

/// Links of 1 GB/s, so that a kilobyte takes a microsecond; no latency.
const LinkSpec kLink{Bandwidth::bytes_per_second(1e9), Time::zero()};

struct Call {
  std::string algorithm;
  std::int64_t bytes;
  Roles roles = {};
};

class Play {
 public:
  explicit Play(Cluster c, CommunicationStack stack = {})
      : cluster(std::move(c)), flows(simulator, cluster.topology), communicator(simulator, flows, cluster, std::move(stack)) {}

  /// From time `at`, rank `rank` does these one after the other. The timings lie in timings[rank].
  void program(int rank, std::vector<Call> calls, Time at = Time::zero()) {
    if (timings.size() < cluster.workers.size()) timings.resize(cluster.workers.size());
    sim::spawn(simulator, run(rank, std::move(calls), at));
  }
  void all_ranks(const std::vector<Call>& calls) {
    for (int rank = 0; rank < static_cast<int>(cluster.workers.size()); ++rank) program(rank, calls);
  }
  /// Runs, and returns when it was over.
  Time end() {
    simulator.run();
    EXPECT_EQ(simulator.unfinished_processes(), 0u);
    return simulator.now();
  }

  sim::Simulator simulator;
  Cluster cluster;
  FlowNetwork flows;
  Communicator communicator;
  std::vector<std::vector<CollectiveTiming>> timings;  // [rank][call]

 private:
  sim::Task<> run(int rank, std::vector<Call> calls, Time at) {
    co_await sim::delay(simulator, at);
    for (const Call& call : calls) {
      const CollectiveTiming timing = co_await communicator.run(rank, {call.algorithm, Bytes(call.bytes), call.roles});
      timings[static_cast<std::size_t>(rank)].push_back(timing);
    }
  }
};

Time time_of(Cluster cluster, const Call& call, CommunicationStack stack = {}) {
  Play play(std::move(cluster), std::move(stack));
  play.all_ranks({call});
  return play.end();
}

// 2(n - 1) steps, each of the latency from worker to worker and the time of one chunk, rounded up to a picosecond.
TEST(Communicator, ARingOnEqualLinksTakesItsFormulaToThePicosecond) {
  for (int n = 1; n <= 33; ++n) {
    for (const double rate : {1e9, 1.25e9, 12.5e9, 7777777.7}) {
      const LinkSpec link{Bandwidth::bytes_per_second(rate), Time::nanoseconds(700)};
      const std::int64_t chunk = 4 * 1237;
      const Time step = Time::nanoseconds(1400) + transfer_time(Bytes(chunk), link.bandwidth);
      EXPECT_EQ(time_of(star(n, link), {"ring-all-reduce", chunk * n}), 2 * (n - 1) * step) << n << " ranks, " << rate;
      EXPECT_EQ(time_of(star(n, link), {"ring-all-gather", chunk}), (n - 1) * step) << n << " ranks, " << rate;
    }
  }
}

/// Of one call alone, rounded down.
Time least_time(const Play& play, const Call& call, std::int64_t times = 1) {
  const std::vector<CollectiveCall> calls(static_cast<std::size_t>(times), {call.algorithm, Bytes(call.bytes), call.roles});
  return Time::picoseconds(static_cast<std::int64_t>(play.communicator.least_seconds(calls) * 1e12));
}

/// Whether some rank of a row takes part in all that the row's formula counts. Else its bound is lower: a piece's way through
/// other ranks counts for none of them.
bool some_rank_is_always_busy(const CollectiveRow& row) {
  const std::set<std::string_view> others = {"chain-broadcast", "chain-reduce", "double-tree-all-reduce",
                                             "parameter-server-apart"};
  return !others.contains(row.name);
}

void expect_formula(const CollectiveRow& row, int n, const Roles& roles, LinkSpec link) {
  SCOPED_TRACE(std::string(row.name) + ", " + std::to_string(n) + " ranks, root " + std::to_string(roles.root) + ", " +
               std::to_string(roles.servers) + " servers");
  const Call call{std::string(row.name), std::int64_t{4} * 1237 * n * std::max(1, roles.servers), roles};
  ScheduleRequest request;
  request.ranks = n;
  request.elements = call.bytes * (row.operation == Operation::all_gather ? n : 1);
  request.roles = roles;
  const double seconds = row.closed_form_seconds(request, 2 * link.latency.seconds(), link.bandwidth.in_bytes_per_second());
  const Time formula = Time::picoseconds(static_cast<std::int64_t>(seconds * 1e12)), rounding = Time::picoseconds(1 + 4 * n);
  Play play(star(n, link));
  const Time bound = least_time(play, call);
  EXPECT_NEAR(play.communicator.closed_form({call.algorithm, Bytes(call.bytes), roles}).seconds(), seconds, 2e-12);
  play.all_ranks({call});
  const Time played = play.end();
  EXPECT_GE(played, formula);
  EXPECT_GE(played, bound);
  const bool is_power = (n & (n - 1)) == 0;
  if (row.exact == Exact::never || (row.exact == Exact::powers_of_two && !is_power)) return;
  EXPECT_LE(played, formula + rounding);
  if (some_rank_is_always_busy(row)) {
    EXPECT_LE(played, bound + rounding);
  }
}

// Equal links, equal chunks: every row takes its formula's time, which is its bound. A step may round up by a picosecond, and
// shared links once more. Where the formula is not exact, the play is not faster.
TEST(Communicator, EveryRowTakesItsFormulaOnEqualLinks) {
  const LinkSpec link{Bandwidth::bytes_per_second(1.3e9), Time::nanoseconds(700)};
  for (const CollectiveRow& row : collectives()) {
    for (const int n : {1, 2, 3, 5, 8, 16, 17}) {
      for (const Roles& roles : roles_to_try(row, n)) expect_formula(row, n, roles, link);
    }
  }
}

/// Each worker has a cable to each other, so that what it sends at once shares nothing.
Cluster mesh(int workers, LinkSpec link) {
  Cluster cluster = bare_hosts(workers);
  for (int a = 0; a < workers; ++a) {
    for (int b = 0; b < a; ++b) {
      connect(cluster, cluster.workers[static_cast<std::size_t>(a)], cluster.workers[static_cast<std::size_t>(b)], link);
    }
  }
  cluster.description = "a mesh";
  return cluster;
}

// Any cluster, any size: no row beats its bound, be it alone or one of many in a row.
TEST(Communicator, NoRowBeatsItsBound) {
  const LinkSpec fast{Bandwidth::bytes_per_second(1e10), Time::nanoseconds(300)};
  const LinkSpec slow{Bandwidth::bytes_per_second(1e8), Time::microseconds(10)};
  Cluster uneven = star(5, fast);
  set_worker_link(uneven, 2, slow);
  FabricSpec spec;
  spec.link = spec.uplink = slow;
  spec.torus = {3, 3};
  Cluster torus = bare_hosts(9);
  attach("torus", torus, spec);
  spec.spines = 2;
  spec.oversubscription = 5;
  Cluster many_ways = bare_hosts(8);
  attach("fat-tree", many_ways, spec);
  many_ways.topology.choose_ways(RoutingKind::ecmp, 1);
  for (const Cluster& cluster :
       {star(5, slow), racks(2, 3, fast, slow), multi_gpu_nodes(2, 4, fast, slow), uneven, mesh(5, slow), torus, many_ways}) {
    for (const CollectiveRow& row : collectives()) {
      for (const std::int64_t bytes : {0, 1, 4, 1001, 4 * 99991, 3'000'000}) {
        for (const std::int64_t calls : {1, 8}) {
          Play play(cluster, {"stack", Time::microseconds(5), 0.7, ""});
          const Call call{std::string(row.name), bytes};
          play.all_ranks(std::vector<Call>(static_cast<std::size_t>(calls), call));
          const Time bound = least_time(play, call, calls);
          EXPECT_GE(play.end(), bound) << row.name << " of " << bytes << " bytes on " << cluster.description;
        }
      }
    }
  }
}

// What a rank sends at once to four others through one link takes four times as long; through four links, no longer than one.
// Each of the two steps has the latency of the link, which is twice as far through the switch.
TEST(Communicator, TheBoundKnowsWhichMessagesShareALink) {
  const LinkSpec link{Bandwidth::bytes_per_second(1e9), Time::microseconds(3)};
  const Call call{"direct-all-reduce", 5000};
  EXPECT_EQ(least_time(Play(star(5, link)), call), 2 * Time::microseconds(6 + 4));
  EXPECT_EQ(least_time(Play(mesh(5, link)), call), 2 * Time::microseconds(3 + 1));
  EXPECT_EQ(time_of(mesh(5, link), call), 2 * Time::microseconds(3 + 1));
}

// Four workers, 4 kB: chunks of 1 kB, six steps of 1 us. With one link at half speed, each step waits for the 2 us of the chunks
// that cross it.
TEST(Communicator, ALinkTwiceAsSlowDoublesTheRing) {
  EXPECT_EQ(time_of(star(4, kLink), {"ring-all-reduce", 4000}), Time::microseconds(6));
  Cluster cluster = star(4, kLink);
  set_worker_link(cluster, 2, {Bandwidth::bytes_per_second(0.5e9), Time::zero()});
  EXPECT_EQ(time_of(cluster, {"ring-all-reduce", 4000}), Time::microseconds(12));
}

// Two all-reduces at once, each of the 6 us above: they share every link, so both take 12 us.
TEST(Communicator, TwoCollectivesAtOnceShareTheLinks) {
  Play play(star(4, kLink));
  for (int twice = 0; twice < 2; ++twice) play.all_ranks({{"ring-all-reduce", 4000}});
  EXPECT_EQ(play.end(), Time::microseconds(12));
  for (const auto& timings : play.timings) {
    ASSERT_EQ(timings.size(), 2u);
    for (const CollectiveTiming& timing : timings) EXPECT_EQ(timing.finished, Time::microseconds(12));
  }
}

// Two racks of two. The ring crosses each uplink once in each direction, so an uplink as fast as a link costs nothing, and one of
// a quarter makes each step 4 us long. The parameter server sends 4 chunks of 1 kB at once up each uplink, and then 4 down again:
// 4 kB at a quarter of 1 GB/s are 16 us each time.
TEST(Communicator, AnOversubscribedUplinkIsTheBottleneck) {
  const LinkSpec quarter{Bandwidth::bytes_per_second(0.25e9), Time::zero()};
  EXPECT_EQ(time_of(racks(2, 2, kLink, kLink), {"ring-all-reduce", 4000}), Time::microseconds(6));
  EXPECT_EQ(time_of(racks(2, 2, kLink, quarter), {"ring-all-reduce", 4000}), Time::microseconds(24));
  EXPECT_EQ(time_of(racks(2, 2, kLink, quarter), {"parameter-server", 4000}), Time::microseconds(32));
}

// Two machines of four GPUs, 8 kB. The tree needs 2 steps of 8 us up and down inside; the two leaders swap halves twice through
// their NICs, of a tenth of the speed: 40 us each.
TEST(Communicator, AHierarchyUsesTheFastLinksInside) {
  const Cluster cluster = multi_gpu_nodes(2, 4, kLink, {Bandwidth::bytes_per_second(1e8), Time::zero()});
  EXPECT_EQ(time_of(cluster, {"hierarchical-all-reduce", 8000}), Time::microseconds(2 * 16 + 2 * 40));
}

// Launch comes once a call; at half efficiency every byte counts twice.
TEST(Communicator, TheStackAddsLaunchAndTakesItsShare) {
  const CommunicationStack stack{"stack", Time::microseconds(10), 0.5, ""};
  EXPECT_EQ(time_of(star(4, kLink), {"ring-all-reduce", 4000}, stack), Time::microseconds(10 + 12));
  EXPECT_THROW(Play(star(2, kLink), {"stack", Time::zero(), 0, ""}), UserError);
  EXPECT_THROW(Play(star(2, kLink), {"stack", Time::zero(), 1.5, ""}), UserError);
}

// Rank 2 comes 100 us late. Only the transfer from 0 to 1 and from 3 to 0 can begin before.
TEST(Communicator, TransfersWaitForBothRanks) {
  Play play(star(4, kLink));
  for (const int rank : {0, 1, 3}) play.program(rank, {{"ring-all-reduce", 4000}});
  play.program(2, {{"ring-all-reduce", 4000}}, Time::microseconds(100));
  EXPECT_EQ(play.end(), Time::microseconds(100 + 6));
  const auto timing = [&](std::size_t rank) { return play.timings[rank].front(); };
  EXPECT_EQ(timing(0).joined, Time::zero());
  EXPECT_EQ(timing(0).started, Time::zero());
  EXPECT_EQ(timing(2).joined, Time::microseconds(100));
  EXPECT_EQ(timing(2).started, Time::microseconds(100));
}

double sent(const Play& play, std::size_t rank, const CollectiveCall& call) {
  return play.communicator.load(call).sent_bytes[rank];
}

TEST(Communicator, CountsBytesOnTheWire) {
  const Play play(star(4, kLink));
  EXPECT_EQ(sent(play, 0, {"ring-all-reduce", Bytes(4000)}), 6000);
  EXPECT_EQ(sent(play, 0, {"ring-all-gather", Bytes(1001)}), 3003);
  EXPECT_EQ(sent(play, 0, {"broadcast", Bytes(10)}), 20);
  EXPECT_EQ(sent(play, 3, {"broadcast", Bytes(10)}), 0);
}

// Two machines of four ranks.
TEST(Communicator, CountsEachRanksOwnBytesAndWhatTheWireAdds) {
  const Play play(multi_gpu_nodes(2, 4, kLink, kLink), {"stack", Time::zero(), 0.5, ""});
  double sum = 0;
  for (std::size_t rank = 0; rank < 8; ++rank) sum += sent(play, rank, {"hierarchical-all-reduce", Bytes(4000)});
  // Within each machine 3 vectors are added up and 3 handed out; across, each of the two sends one vector. At half efficiency.
  EXPECT_EQ(sum, 2 * (3 + 3 + 1) * 4000 / 0.5);
  EXPECT_GT(sent(play, 0, {"hierarchical-all-reduce", Bytes(4000)}), sum / 8);
}

TEST(Communicator, RanksMustAgree) {
  Play play(star(2, kLink));
  play.program(0, {{"ring-all-reduce", 4000}});
  play.program(1, {{"ring-all-reduce", 4004}});
  EXPECT_THROW(play.simulator.run(), InternalError);
}

TEST(Communicator, ManyCallsInARowKeepTheirOrder) {
  Play play(star(3, kLink));
  std::vector<Call> calls;
  for (int i = 0; i < 50; ++i) calls.push_back({i % 2 == 0 ? "ring-all-reduce" : "broadcast", 3000 + 12 * i});
  play.all_ranks(calls);
  play.end();
  for (const auto& timings : play.timings) {
    ASSERT_EQ(timings.size(), 50u);
    for (std::size_t i = 1; i < 50; ++i) EXPECT_GE(timings[i].started, timings[i - 1].finished);
  }
}

/// Two workers, and two hosts that only serve, on one switch.
Cluster with_servers_apart() {
  Cluster cluster = bare_hosts(2);
  add_servers(cluster, 2);
  FabricSpec spec;
  spec.link = kLink;
  attach("star", cluster, spec);
  return cluster;
}

/// When each of some vectors that are pushed and pulled is there, one called at each of these milliseconds: likewise.
std::vector<double> pulled_after(const std::vector<double>& called) {
  Play play(with_servers_apart());
  for (const double at : called) {
    for (const int rank : {0, 1})
      play.program(rank, {{"hierarchical-parameter-server", 1'000'000}}, Time::from_seconds(at * 1e-3));
  }
  play.end();
  EXPECT_EQ(play.timings[0].size(), play.timings[1].size());
  std::vector<double> ends;
  for (const CollectiveTiming& timing : play.timings[0]) ends.push_back(timing.finished.seconds() * 1e3);
  return ends;
}

// Push and pull take a millisecond each, and different ways of the workers' links: so while one vector is pulled, the next is
// pushed.
TEST(Communicator, CallsThatOverlapGoFromStageToStageOneAfterTheOther) {
  EXPECT_EQ(pulled_after({0}), (std::vector<double>{2}));
  EXPECT_EQ(pulled_after({0, 1.25, 2.5, 3.75}), (std::vector<double>{2, 3.25, 4.5, 5.75}));
}

// The request for a vector goes the way of the vectors that are pushed, behind those that are there already.
TEST(Communicator, PullsAreAskedForBehindWhatIsToBePushed) {
  EXPECT_EQ(pulled_after({0, 0, 0, 0, 0}), (std::vector<double>{6, 7, 8, 9, 10}));
  // At 1 only the second waits to be pushed, at 2 the third does, and the fourth comes when nothing is on its way there.
  EXPECT_EQ(pulled_after({0, 0, 1.5, 3.5}), (std::vector<double>{3, 4, 5, 6}));
  // The third is there at 1, and the first is pulled behind it; the fourth is not, but for the second.
  EXPECT_EQ(pulled_after({0, 0, 0.5, 1.5}), (std::vector<double>{4, 5, 6, 7}));
}

// By the rule itself: pushes and pulls of a millisecond go one by one, and a pull waits for the last push that was there when its
// own had arrived.
TEST(Communicator, PullsAreAskedForBehindWhatIsToBePushedWheneverItComes) {
  for (const std::uint64_t seed : seeds(200)) {
    SCOPED_TRACE("SYNCLINE_TEST_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    std::vector<double> called(1 + random() % 30);
    const double span = std::uniform_real_distribution<>(0.1, 40)(random);
    for (double& at : called) at = std::uniform_real_distribution<>(0, span)(random);
    std::ranges::sort(called);
    std::vector<double> pushed, expected;
    for (const double at : called) pushed.push_back(std::max(at, pushed.empty() ? 0 : pushed.back()) + 1);
    for (const double own : pushed) {
      const auto queued = static_cast<std::size_t>(std::ranges::upper_bound(called, own) - called.begin());
      const double asked = pushed[queued - 1];
      expected.push_back(std::max(asked, expected.empty() ? 0 : expected.back()) + 1);
    }
    const std::vector<double> actual = pulled_after(called);
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], 1e-6) << i;
  }
}

// Rank 1 makes its second call when the first has ended, or a second later: the first waits for neither.
TEST(Communicator, APullWaitsForNoCallThatSomeRankHasYetToMake) {
  const Call call = {"hierarchical-parameter-server", 1'000'000};
  Play in_turn(with_servers_apart());
  for (int i = 0; i < 2; ++i) in_turn.program(0, {call});
  in_turn.program(1, {call, call});
  EXPECT_EQ(in_turn.end(), Time::milliseconds(4));
  Play late(with_servers_apart());
  for (const int rank : {0, 1}) late.program(rank, {call});
  late.program(0, {call});
  late.program(1, {call}, Time::milliseconds(1000));
  EXPECT_EQ(late.end(), Time::milliseconds(1002));
  for (const auto& timings : late.timings) EXPECT_EQ(timings[0].finished, Time::milliseconds(2));
}

// Machines of two: a reduce-scatter takes a millisecond, alone, and a push two. The first pull waits for what is out of the
// reduce-scatter when it is asked for, and not for all five pushes, which take until 11.
TEST(Communicator, WhatIsStillSummedWithinTheMachinesIsNotToBePushedYet) {
  Cluster cluster = bare_hosts(4);
  add_servers(cluster, 2);
  FabricSpec spec;
  spec.link = kLink;
  attach("star", cluster, spec);
  cluster.host_of_worker = {0, 0, 1, 1};
  Play play(std::move(cluster));
  for (int i = 0; i < 5; ++i) play.all_ranks({{"hierarchical-parameter-server", 2'000'000}});
  EXPECT_GT(play.end(), Time::milliseconds(11));
  for (const auto& timings : play.timings) EXPECT_LT(timings[0].finished, Time::milliseconds(11));
}

// A rank that is late holds up the stage that it is in, for the calls behind, too; nobody overtakes.
TEST(Communicator, AStageIsLeftInTheOrderOfTheCalls) {
  Play play(with_servers_apart());
  for (int call = 0; call < 2; ++call) {
    play.program(0, {{"hierarchical-parameter-server", 1'000'000}});
    play.program(1, {{"hierarchical-parameter-server", 1'000'000}}, Time::milliseconds(2));
  }
  EXPECT_EQ(play.end(), Time::milliseconds(2 + 4));
  for (const auto& timings : play.timings) {
    ASSERT_EQ(timings.size(), 2U);
    EXPECT_LT(timings[0].finished, timings[1].finished);
  }
}

}  // namespace
}  // namespace syncline::network
