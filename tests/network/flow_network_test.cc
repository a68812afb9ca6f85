#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "network/builders.h"
#include "network/flow_network.h"
#include "sim/error.h"
#include "sim/random.h"

namespace syncline::network {
namespace {

/// Links of 1 GB/s and 1 us: a kilobyte takes a microsecond.
const LinkSpec kLink{Bandwidth::bytes_per_second(1e9), Time::microseconds(1)};

struct Play {
  explicit Play(Cluster c, sim::TraceSink* sink = nullptr) : cluster(std::move(c)), flows(simulator, cluster.topology, sink) {}

  /// When the transfer arrives is written to the next place of `arrivals`.
  void send(std::size_t from, std::size_t to, std::int64_t bytes, Time at = Time::zero()) {
    const std::size_t index = arrivals.size();
    arrivals.push_back(Time::max());
    simulator.schedule_at(at, [=, this] {
      flows.start(cluster.workers[from], cluster.workers[to], Bytes(bytes), [=, this] { arrivals[index] = simulator.now(); });
    });
  }

  sim::Simulator simulator;
  Cluster cluster;
  FlowNetwork flows;
  std::vector<Time> arrivals;
};

sim::Task<> timed_transfer(Play& play, std::size_t from, std::size_t to, Bytes bytes, Time* arrival) {
  co_await play.flows.transfer(play.cluster.workers[from], play.cluster.workers[to], bytes);
  *arrival = play.simulator.now();
}

Time arrival_of(std::size_t from, std::size_t to, std::int64_t bytes, LinkSpec link = kLink) {
  Play play(star(3, link));
  Time arrival = Time::max();
  sim::spawn(play.simulator, timed_transfer(play, from, to, Bytes(bytes), &arrival));
  play.simulator.run();
  return arrival;
}

TEST(FlowNetwork, AFlowAloneTakesLatencyAndTransferTimeExactly) {
  for (const double rate : {1.0, 3.0, 1e9, 1.25e10, 12345678.9}) {
    const LinkSpec link{Bandwidth::bytes_per_second(rate), Time::nanoseconds(700)};
    for (const std::int64_t bytes : {1, 7, 1000, 99991}) {
      EXPECT_EQ(arrival_of(0, 1, bytes, link), Time::nanoseconds(1400) + transfer_time(Bytes(bytes), link.bandwidth));
    }
  }
}

TEST(FlowNetwork, NoBytesTakeTheLatencyAndNoWayTakesNoTime) {
  EXPECT_EQ(arrival_of(0, 1, 0), Time::microseconds(2));
  EXPECT_EQ(arrival_of(1, 1, 1000), Time::zero());
  EXPECT_THROW(arrival_of(0, 1, -1), InternalError);
}

// Two kilobyte flows leave one worker: half the rate each, so 2 us instead of 1, and 2 us of latency.
TEST(FlowNetwork, FlowsShareALink) {
  Play play(star(3, kLink));
  play.send(0, 1, 1000);
  play.send(0, 2, 1000);
  play.simulator.run();
  EXPECT_THAT(play.arrivals, testing::Each(Time::microseconds(4)));
}

// The second flow starts when the first has 500 bytes left: these take 1 us at half the rate. By then the second has 500 left
// too, and the link to itself: 0.5 us more.
TEST(FlowNetwork, RatesFollowWhoIsThere) {
  Play play(star(3, kLink));
  play.send(0, 1, 1000);
  play.send(0, 2, 1000, Time::nanoseconds(500));
  play.simulator.run();
  EXPECT_THAT(play.arrivals, testing::ElementsAre(Time::nanoseconds(3500), Time::nanoseconds(4000)));
}

TEST(FlowNetwork, BothWaysOfACableAreIndependent) {
  Play play(star(2, kLink));
  play.send(0, 1, 1000);
  play.send(1, 0, 1000);
  play.simulator.run();
  EXPECT_THAT(play.arrivals, testing::Each(Time::microseconds(3)));
}

// 64 equal flows at once, two on each link. Events: 64 to start; 1 to solve; 1 at the end of those that were alone when they
// came, which finds that it is not; 1 for all ends; 1 to solve behind them; 1 for all arrivals.
TEST(FlowNetwork, OneSolveForEachTime) {
  Play play(star(64, kLink));
  for (std::size_t i = 0; i < 64; ++i) play.send(i % 32, (i + 1) % 32, 1000);
  play.simulator.run();
  EXPECT_THAT(play.arrivals, testing::Each(Time::microseconds(4)));
  // The starts; one solve, two ends, since the first flow was alone for a while, and one arrival.
  EXPECT_EQ(play.simulator.events_run(), 64u + 4);
}

// A flow passes 1,000 starts and ends of others that never share its links, and arrives as if alone.
TEST(FlowNetwork, NothingDriftsByOtherPeoplesSolves) {
  Play play(star(4, {Bandwidth::bytes_per_second(3), Time::zero()}));
  play.send(0, 1, 1'000'001);
  for (int i = 0; i < 1000; ++i) play.send(2, 3, 7, Time::milliseconds(5000) * i);
  play.simulator.run();
  EXPECT_EQ(play.arrivals.front(), transfer_time(Bytes(1'000'001), Bandwidth::bytes_per_second(3)));
}

TEST(FlowNetwork, CountsBytesAndReportsUtilisation) {
  sim::MemoryTrace trace;
  Play play(star(3, kLink), &trace);
  play.send(0, 1, 1000);
  play.send(2, 1, 3000);
  play.simulator.run();
  std::map<std::string, std::vector<double>> series;
  for (const sim::Sample& sample : trace.samples) series[sample.series].push_back(sample.value);
  EXPECT_THAT(series["link worker2>switch"], testing::ElementsAre(0.5, 1, 0));
  EXPECT_THAT(series["link switch>worker1"], testing::ElementsAre(1, 0));
  for (LinkId link{0}; link.value < 6; ++link.value) {
    const std::map<std::string, int> expected = {{"worker0>switch", 1000}, {"worker2>switch", 3000}, {"switch>worker1", 4000}};
    const auto found = expected.find(play.cluster.topology.link(link).name);
    EXPECT_EQ(play.flows.bytes_carried(link), Bytes(found == expected.end() ? 0 : found->second));
  }
}

// The flow's cap decides its rate, so that a link of another capacity carries as much; it is a greater part of that link.
TEST(FlowNetwork, UtilisationFollowsTheCapacityUnderAnEqualLoad) {
  sim::MemoryTrace trace;
  Play play(star(2, kLink), &trace);
  const double whole = kLink.bandwidth.in_bytes_per_second();
  play.flows.start(play.cluster.workers[0], play.cluster.workers[1], Bytes(100'000), [] {}, {1, whole / 4});
  play.simulator.schedule_at(Time::microseconds(10), [&] {
    const LinkId first = play.flows.route(play.cluster.workers[0], play.cluster.workers[1]).links.front();
    play.flows.set_link(first, Bandwidth::bytes_per_second(whole / 2), kLink.latency);
  });
  play.simulator.run();
  std::map<std::string, std::vector<double>> series;
  for (const sim::Sample& sample : trace.samples) series[sample.series].push_back(sample.value);
  EXPECT_THAT(series["link worker0>switch"], testing::ElementsAre(0.25, 0.5, 0));
  EXPECT_THAT(series["link switch>worker1"], testing::ElementsAre(0.25, 0));
}

// Whatever comes: every flow arrives, none before it could alone, and links carry all bytes and never more than they can.
TEST(FlowNetwork, RandomTrafficArrivesWithinItsBounds) {
  constexpr std::uint64_t kSeed = 3;
  RecordProperty("seed", static_cast<int>(kSeed));
  sim::RandomStream random(kSeed, "traffic");
  for (int round = 0; round < 50; ++round) {
    sim::MemoryTrace trace;
    Play play(racks(2, 4, kLink, {Bandwidth::bytes_per_second(1.7e9), Time::nanoseconds(300)}), &trace);
    std::vector<Time> least;
    for (int i = 0; i < 100; ++i) {
      const std::size_t from = random.below(8), to = random.below(8);
      const std::int64_t bytes = static_cast<std::int64_t>(random.below(100'000));
      const Time at = Time::nanoseconds(static_cast<std::int64_t>(random.below(100'000)));
      play.send(from, to, bytes, at);
      const Route route = play.flows.route(play.cluster.workers[from], play.cluster.workers[to]);
      least.push_back(at + play.flows.latency(route) +
                      (route.links.empty() ? Time::zero() : transfer_time(Bytes(bytes), kLink.bandwidth)));
    }
    play.simulator.run();
    for (std::size_t i = 0; i < least.size(); ++i) {
      ASSERT_GE(play.arrivals[i], least[i]) << "seed " << kSeed << ", round " << round << ", flow " << i;
      ASSERT_LT(play.arrivals[i], Time::max()) << "seed " << kSeed << ", round " << round << ", flow " << i;
    }
    for (const sim::Sample& sample : trace.samples) ASSERT_LE(sample.value, 1 + 1e-9);
  }
}

}  // namespace
}  // namespace syncline::network
