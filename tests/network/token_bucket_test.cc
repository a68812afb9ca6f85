#include <gtest/gtest.h>

#include <optional>

#include "network/builders.h"
#include "network/collective_timing.h"
#include "network/flow_network.h"
#include "network/token_bucket.h"
#include "sim/error.h"
#include "sim/random.h"
#include "tests/seeds.h"

namespace syncline::network {
namespace {

constexpr double kGigabyte = 1e9;
const Burst kBurst{Bytes(6000), Bandwidth::bytes_per_second(4e9)};
const LinkSpec kLink{Bandwidth::bytes_per_second(1e9), Time::microseconds(1)};

TEST(TokenBucket, DrainsByWhatPassesAboveTheCapacityAndFillsByWhatDoesNot) {
  TokenBucket bucket(kBurst, kGigabyte);
  EXPECT_EQ(bucket.passes(), 4e9);
  EXPECT_EQ(bucket.empty_at(), Time::max());
  bucket.set_load(Time::microseconds(10), 4e9);  // 3000 bytes a microsecond more than come in
  EXPECT_EQ(bucket.empty_at(), Time::microseconds(12));
  bucket.set_load(Time::microseconds(11), 2e9);  // 3000 are left
  EXPECT_EQ(bucket.empty_at(), Time::microseconds(14));
  bucket.set_load(Time::microseconds(14), 2e9);
  EXPECT_EQ(bucket.passes(), kGigabyte);
  bucket.set_load(Time::microseconds(14), kGigabyte);  // full, but no fuller: stays shut
  EXPECT_EQ(bucket.passes(), kGigabyte);
  bucket.set_load(Time::microseconds(20), 0.5e9);
  EXPECT_EQ(bucket.passes(), 4e9);
  bucket.set_load(Time::microseconds(22), 4e9);  // 1000 came in
  EXPECT_EQ(bucket.empty_at(), Time::microseconds(22) + Time::from_seconds(1000 / 3e9));
}

TEST(TokenBucket, HoldsNoMoreThanItsBurst) {
  TokenBucket bucket(kBurst, kGigabyte);
  bucket.set_load(Time::microseconds(1), 2e9);
  bucket.set_load(Time::microseconds(2), 0);
  bucket.set_load(Time::microseconds(1000), 4e9);
  EXPECT_EQ(bucket.empty_at(), Time::microseconds(1002));
}

struct Play {
  explicit Play(int workers) : cluster(star(workers, kLink)) {
    for (int worker = 0; worker < workers; ++worker) let_worker_burst(cluster, worker, kBurst);
    flows.emplace(simulator, cluster.topology);
  }
  void send(std::size_t from, std::size_t to, std::int64_t bytes, Time at) {
    const std::size_t index = arrivals.size();
    arrivals.push_back(Time::max());
    simulator.schedule_at(at, [=, this] {
      flows->start(cluster.workers[from], cluster.workers[to], Bytes(bytes), [=, this] { arrivals[index] = simulator.now(); });
    });
  }

  sim::Simulator simulator;
  Cluster cluster;
  std::optional<FlowNetwork> flows;
  std::vector<Time> arrivals;
};

TEST(Bursts, TheFirstBytesPassAtThePeakTheOthersAtTheCapacity) {
  Play play(2);
  // 8000 bytes at the peak take 2 us, in which 2000 tokens come in and 8000 go: empty. The other 2000 take 2 us.
  play.send(0, 1, 10000, Time::zero());
  play.send(0, 1, 1000, Time::microseconds(6));  // 2 us of rest: 2000 tokens, more than it takes
  play.simulator.run();
  EXPECT_EQ(play.arrivals[0], Time::microseconds(2 + 4));
  EXPECT_EQ(play.arrivals[1], Time::microseconds(6 + 2) + Time::nanoseconds(250));
}

TEST(Bursts, TwoFlowsShareTheTokensOfTheLinkTheyMeetOn) {
  Play play(3);
  play.send(0, 2, 4000, Time::zero());
  play.send(1, 2, 4000, Time::zero());
  play.send(0, 2, 3000, Time::microseconds(10));  // all buckets are full again
  play.simulator.run();
  EXPECT_EQ(play.arrivals[0], Time::microseconds(2 + 2));
  EXPECT_EQ(play.arrivals[1], Time::microseconds(2 + 2));
  EXPECT_EQ(play.arrivals[2], Time::microseconds(12) + Time::nanoseconds(750));
}

TEST(Bursts, AreGoneWhileTheLinkIsDownAndFillByItsNewCapacity) {
  Play play(2);
  play.simulator.schedule_at(Time::microseconds(1), [&] { play.flows->set_up(LinkId{0}, false); });
  play.simulator.schedule_at(Time::microseconds(3), [&] { play.flows->set_up(LinkId{0}, true); });
  play.send(0, 1, 10000, Time::zero());
  play.simulator.run();
  // 4000 in the first microsecond, then 3000 + 2000 tokens for 5000 / 3 microseconds: all of the 6000 that are left.
  EXPECT_EQ(play.arrivals[0], Time::microseconds(3 + 2) + Time::nanoseconds(1500));
}

TEST(Bursts, NothingCountsOnALinkThatHasThem) {
  Play play(2);
  EXPECT_FALSE(play.flows->close());
  EXPECT_EQ(play.flows->peak(LinkId{0}), kBurst.peak);
  EXPECT_EQ(play.flows->capacity(LinkId{0}), kLink.bandwidth);
}

TEST(Bursts, LetPassNoMoreThanTheyHoldInRandomPlays) {
  for (const std::uint64_t seed : seeds(200)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    sim::RandomStream random(seed, "bursts", 0);
    const int workers = 2 + static_cast<int>(random.below(4));
    Cluster bursty = star(workers, kLink);
    for (int worker = 0; worker < workers; ++worker) {
      const auto bytes = static_cast<std::int64_t>(1 + random.below(20000));
      let_worker_burst(bursty, worker, {Bytes(bytes), Bandwidth::bytes_per_second(1e9 * (1 + random.uniform() * 9))});
    }
    sim::Simulator simulator;
    FlowNetwork flows(simulator, bursty.topology);
    Time last = Time::zero();
    std::int64_t sent = 0, arrived = 0;
    for (int flow = 0; flow < 30; ++flow) {
      const auto from = static_cast<std::size_t>(random.below(static_cast<std::uint64_t>(workers)));
      const auto to = (from + 1 + random.below(static_cast<std::uint64_t>(workers - 1))) % static_cast<std::size_t>(workers);
      const auto bytes = static_cast<std::int64_t>(1 + random.below(30000));
      sent += bytes;
      simulator.schedule_at(Time::nanoseconds(static_cast<std::int64_t>(random.below(60000))), [&, from, to, bytes] {
        flows.start(bursty.workers[from], bursty.workers[to], Bytes(bytes), [&, bytes] {
          arrived += bytes;
          last = simulator.now();
        });
      });
    }
    simulator.run();
    EXPECT_EQ(arrived, sent);
    for (LinkId link{0}; link.value < 2 * workers; ++link.value) {
      const double most = static_cast<double>(flows.burst(link).count()) + 1e9 * last.seconds();
      EXPECT_LE(static_cast<double>(flows.bytes_carried(link).count()), most);
    }
  }
}

TEST(Bursts, ACollectiveKeepsItsBoundAndGainsWhatTheBucketsHold) {
  const CommunicationStack stack;
  const Cluster plain = star(4, kLink);
  Cluster bursty = plain;
  for (int worker = 0; worker < 4; ++worker) let_worker_burst(bursty, worker, kBurst);
  const CollectiveCall call{"ring-all-reduce", Bytes(4'000'000)};
  const CollectiveTime slow = time_collective(plain, stack, call, Reckoning::collapsed);
  const CollectiveTime fast = time_collective(bursty, stack, call, Reckoning::collapsed);
  EXPECT_EQ(fast.by, Reckoning::exact);  // nothing is proven of bursts
  EXPECT_GE(fast.least, fast.bound);
  // 6000 bytes a link at 1 GB/s, and 2000 more for each of the five latencies between steps, in which the buckets fill.
  EXPECT_NEAR((slow.least - fast.least).seconds(), 16e-6, 0.1e-6);
  EXPECT_NEAR(fast.bound.seconds(), 6e-3 - 6e-6, 1e-9);
  const CollectiveTime asked = time_collective(bursty, stack, call, Reckoning::bounded);
  EXPECT_EQ(asked.by, Reckoning::exact);
}

TEST(Bursts, BadOnesAreRefused) {
  Cluster cluster = star(2, kLink);
  EXPECT_THROW(let_worker_burst(cluster, 2, kBurst), UserError);
  EXPECT_THROW(let_worker_burst(cluster, 0, {Bytes(0), kBurst.peak}), UserError);
  EXPECT_THROW(let_worker_burst(cluster, 0, {Bytes(1), Bandwidth::bytes_per_second(0)}), UserError);
}

}  // namespace
}  // namespace syncline::network
