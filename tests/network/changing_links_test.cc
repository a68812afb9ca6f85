// Links that change for as long as somebody uses them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "network/changing_links.h"
#include "tests/network/ways.h"

namespace syncline::network {
namespace {

constexpr LinkId kThere{0}, kBack{1};
const Bandwidth kRate = Bandwidth::bytes_per_second(1e9);  // a kilobyte takes a microsecond

/// Two hosts, joined by one link each way, without latency.
Topology pair() {
  Topology topology;
  const NodeId a = topology.add_node(NodeKind::host, "a"), b = topology.add_node(NodeKind::host, "b");
  topology.add_duplex(a, b, kRate, Time::zero());
  return topology;
}

LinkChange set_state(std::int64_t microseconds, LinkId link, bool up) {
  return {Time::microseconds(microseconds), link, std::nullopt, std::nullopt, up};
}

struct Arrival {
  Time at;
  std::int64_t changes = 0;
};

/// When so many bytes arrive that start at time zero, on the way back. Then the changes stop.
Arrival arrival(const ChangingLinks& changing, std::int64_t bytes) {
  sim::Simulator simulator;
  const Topology topology = pair();
  FlowNetwork flows(simulator, topology);
  LinkChanger changer(simulator, flows, changing);
  Arrival result;
  flows.start({1}, {0}, Bytes(bytes), [&] {
    result = {simulator.now(), changer.changes()};
    changer.stop();
  });
  simulator.run();
  return result;
}

// Down from 1 to 3, 11 to 13, 21 to 23 us: 20 kB take 20 us and three waits; without a period one.
TEST(ChangingLinks, AListBeginsAgain) {
  ChangingLinks changing;
  changing.list = {set_state(3, kBack, true), set_state(1, kBack, false)};
  EXPECT_EQ(arrival(changing, 20'000).at, Time::microseconds(22));
  changing.period = Time::microseconds(10);
  const Arrival repeated = arrival(changing, 20'000);
  EXPECT_EQ(repeated.at, Time::microseconds(26));
  EXPECT_EQ(repeated.changes, 6);
  changing.period = Time::microseconds(3);
  EXPECT_EQ(error_of([&] { arrival(changing, 1); }), "a list of link changes that begins again must be over by then");
}

// The last change stays: at half the rate, 20 kB take 40 us.
TEST(ChangingLinks, AChangeAtTimeZeroComesFirst) {
  ChangingLinks changing;
  changing.list = {{Time::zero(), kBack, Bandwidth::bytes_per_second(2e9), std::nullopt, std::nullopt},
                   {Time::zero(), kBack, Bandwidth::bytes_per_second(0.5e9), std::nullopt, std::nullopt}};
  EXPECT_EQ(arrival(changing, 20'000).at, Time::microseconds(40));
  EXPECT_EQ(best_links(pair(), changing)[1].bandwidth, Bandwidth::bytes_per_second(2e9));
  EXPECT_EQ(best_links(pair(), changing)[0].bandwidth, kRate);
}

// A tenth of the time down, in expectation: 100 ms of bytes see about 100 failures of 0.1 ms each; within 5 standard deviations
// of that many exponential times, sqrt(200) of them.
TEST(ChangingLinks, RandomFailuresStopWhereTheyAreStopped) {
  ChangingLinks changing;
  const LinkWeather weather{{}, 1, 1, Time::milliseconds(1), Time::microseconds(100)};
  changing.random = {{{kThere, kBack}, weather, 1}};
  const Arrival first = arrival(changing, 100'000'000);
  EXPECT_NEAR(first.at.seconds(), 0.110, 5 * 14e-4);
  EXPECT_NEAR(static_cast<double>(first.changes), 400, 5 * 40);  // failure and repair, both ways
  EXPECT_EQ(arrival(changing, 100'000'000).at, first.at);
  changing.random.front().seed = 2;
  EXPECT_NE(arrival(changing, 100'000'000).at, first.at);
}

// A message a microsecond; its latency, once 10 us, is anything from none to 40 us, evenly: 20 us in the mean.
TEST(ChangingLinks, RandomLatencyIsTheOneOfTheEnd) {
  Topology topology;
  const NodeId a = topology.add_node(NodeKind::host, "a"), b = topology.add_node(NodeKind::host, "b");
  topology.add_duplex(a, b, kRate, Time::microseconds(10));
  ChangingLinks changing;
  changing.random = {{{kThere, kBack}, {{}, 1, 1, {}, {}, Time::microseconds(5), 0, 4}, 3}};
  EXPECT_EQ(best_links(topology, changing)[0].latency, Time::zero());
  EXPECT_EQ(best_links(topology, changing)[0].bandwidth, kRate);
  sim::Simulator simulator;
  FlowNetwork flows(simulator, topology);
  LinkChanger changer(simulator, flows, changing);
  constexpr int kMessages = 100'000;
  int arrived = 0;
  double sum = 0, least = 1, greatest = 0;
  for (int i = 0; i < kMessages; ++i) {
    const Time at = Time::microseconds(i);
    simulator.schedule_at(at, [&, at] {
      flows.start(a, b, Bytes(500), [&, at] {
        const double latency = (simulator.now() - at).seconds() - 0.5e-6;
        sum += latency;
        least = std::min(least, latency);
        greatest = std::max(greatest, latency);
        if (++arrived == kMessages) changer.stop();
      });
    });
  }
  simulator.run();
  // 20,000 draws, of standard deviation 40 us / sqrt(12), each of which counts as long as it lasts: twice the variance.
  EXPECT_NEAR(sum / kMessages, 20e-6, 5 * 40e-6 * std::sqrt(2.0 / 12 / 20'000));
  EXPECT_GE(least, -1e-12);
  EXPECT_LT(least, 0.1e-6);
  EXPECT_GT(greatest, 39.9e-6);
  EXPECT_LE(greatest, 40e-6 + 1e-12);
}

// What is drawn does not depend on how far one looks.
TEST(ChangingLinks, DrawsComeInOrder) {
  WeatherDraws draws({Time::milliseconds(2), 0.5, 2, Time::milliseconds(3), Time::milliseconds(1), Time::milliseconds(2)},
                     sim::RandomStream(3, "draws"));
  Time last;
  bool up = true;
  for (int i = 0; i < 1000; ++i) {
    const auto draw = draws.next();
    ASSERT_TRUE(draw);
    EXPECT_GE(draw->at, last);
    last = draw->at;
    EXPECT_EQ(draw->up.has_value() + draw->capacity.has_value() + draw->latency.has_value(), 1);
    if (draw->up) {
      EXPECT_NE(*draw->up, up) << "down and up take turns";
      up = *draw->up;
    }
  }
  EXPECT_FALSE(WeatherDraws({}, sim::RandomStream(3, "draws")).next());
}

}  // namespace
}  // namespace syncline::network
