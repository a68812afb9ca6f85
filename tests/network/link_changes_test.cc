// Links that change while flows cross them: small systems by hand, then ten thousand failures and changes in one run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "network/builders.h"
#include "network/link_changes.h"
#include "sim/error.h"

namespace syncline::network {
namespace {

const Bandwidth kRate = Bandwidth::bytes_per_second(1e9);  // a kilobyte takes a microsecond

struct Play {
  explicit Play(Topology t) : topology(std::move(t)), flows(simulator, topology) {}

  FlowId send(NodeId from, NodeId to, std::int64_t bytes, FlowOptions options = {}) {
    const std::size_t index = arrivals.size();
    arrivals.push_back(Time::max());
    return flows.start(
        from, to, Bytes(bytes), [=, this] { arrivals[index] = simulator.now(); }, options);
  }

  sim::Simulator simulator;
  Topology topology;
  FlowNetwork flows;
  std::vector<Time> arrivals;
};

/// Two hosts, joined by one link each way.
Topology pair() {
  Topology topology;
  const NodeId a = topology.add_node(NodeKind::host, "a"), b = topology.add_node(NodeKind::host, "b");
  topology.add_duplex(a, b, kRate, Time::microseconds(1));
  return topology;
}

/// a to b directly, and by way of c, which takes longer.
Topology triangle() {
  Topology topology = pair();
  const NodeId c = topology.add_node(NodeKind::network_switch, "c");
  topology.add_duplex({0}, c, kRate, Time::microseconds(5));
  topology.add_duplex(c, {1}, Bandwidth::bytes_per_second(0.5e9), Time::microseconds(5));
  return topology;
}

// 4 kB: one in the first microsecond, then three at half the rate take 6 us; the latency is that of the end.
TEST(LinkChanges, ARateFollowsItsLink) {
  Play play(pair());
  play.send({0}, {1}, 4000);
  schedule_changes(play.simulator, play.flows,
                   {{Time::microseconds(6), {0}, std::nullopt, Time::microseconds(3), std::nullopt},
                    {Time::microseconds(1), {0}, Bandwidth::bytes_per_second(0.5e9), std::nullopt, std::nullopt}});
  play.simulator.run();
  EXPECT_THAT(play.arrivals, testing::ElementsAre(Time::microseconds(1 + 6 + 3)));
}

// Down for 10 us: whatever was left waits as long.
TEST(LinkChanges, FlowsWaitForALinkThatIsDown) {
  Play play(pair());
  play.send({0}, {1}, 4000);
  schedule_changes(play.simulator, play.flows,
                   {{Time::microseconds(1), {0}, std::nullopt, std::nullopt, false},
                    {Time::microseconds(11), {0}, std::nullopt, std::nullopt, true}});
  play.simulator.run();
  EXPECT_THAT(play.arrivals, testing::ElementsAre(Time::microseconds(4 + 10 + 1)));
  EXPECT_EQ(play.flows.bytes_carried({0}), Bytes(4000));
}

// After 1 us 3 kB are left; by way of c they take 6 us and 10 us of latency. The link back up does not call them back. A flow
// that starts meanwhile goes around as well: it shares that way.
TEST(LinkChanges, FlowsGoAroundALinkThatIsDown) {
  Play play(triangle());
  play.flows.on_link_down(OnLinkDown::reroute);
  play.send({0}, {1}, 4000);
  schedule_changes(play.simulator, play.flows,
                   {{Time::microseconds(1), {0}, std::nullopt, std::nullopt, false},
                    {Time::microseconds(2), {0}, std::nullopt, std::nullopt, true}});
  play.simulator.run();
  EXPECT_THAT(play.arrivals, testing::ElementsAre(Time::microseconds(1 + 6 + 10)));
  EXPECT_EQ(play.flows.bytes_carried({0}), Bytes(1000));
  EXPECT_EQ(play.flows.bytes_carried(play.flows.route({0}, {2}).links.front()), Bytes(3000));
}

TEST(LinkChanges, WhereThereIsNoWayAroundFlowsWait) {
  Play play(pair());
  play.flows.on_link_down(OnLinkDown::reroute);
  play.flows.set_up({0}, false);
  play.send({0}, {1}, 1000);
  schedule_changes(play.simulator, play.flows, {{Time::microseconds(10), {0}, std::nullopt, std::nullopt, true}});
  play.simulator.run();
  EXPECT_THAT(play.arrivals, testing::ElementsAre(Time::microseconds(10 + 1 + 1)));
}

/// a to b directly, by way of c, and by way of d, each longer than the one before.
Topology two_ways_around() {
  Topology topology = triangle();
  const NodeId d = topology.add_node(NodeKind::network_switch, "d");
  topology.add_duplex({0}, d, kRate, Time::microseconds(50));
  topology.add_duplex(d, {1}, kRate, Time::microseconds(50));
  return topology;
}

// Links that went down while flows waited are known when they go around: the flow that waits does so at once, and when the next
// way fails both take the third. Told to wait again, new flows do.
TEST(LinkChanges, GoingAroundKnowsWhatWentDownBefore) {
  Play play(two_ways_around());
  const LinkId direct{0}, by_c = play.flows.route({0}, {2}).links.front();
  play.flows.set_up(direct, false);
  play.send({0}, {1}, 1000);
  play.simulator.schedule_at(Time::microseconds(4), [&] { play.flows.on_link_down(OnLinkDown::reroute); });
  play.simulator.schedule_at(Time::microseconds(5), [&] {
    play.flows.set_up(by_c, false);
    play.send({0}, {1}, 500);
  });
  play.simulator.schedule_at(Time::microseconds(10), [&] {
    play.flows.on_link_down(OnLinkDown::stall);
    play.send({0}, {1}, 1000);
  });
  play.simulator.schedule_at(Time::microseconds(20), [&] { play.flows.set_up(direct, true); });
  play.simulator.run();
  // By c half of it in 1 us; then the two share the way by d, 500 bytes each in 1 us.
  EXPECT_THAT(play.arrivals, testing::ElementsAre(Time::microseconds(5 + 1 + 100), Time::microseconds(5 + 1 + 100),
                                                  Time::microseconds(20 + 1 + 1)));
  EXPECT_EQ(play.flows.bytes_carried(by_c), Bytes(500));
}

TEST(LinkChanges, WeightsCapsAndCancel) {
  Play play(pair());
  play.send({0}, {1}, 3000, {3});                       // three quarters of the link: 4 us
  const FlowId other = play.send({0}, {1}, 3000, {1});  // a quarter; taken off after 4 us
  play.simulator.schedule_at(Time::microseconds(4), [&] { EXPECT_TRUE(play.flows.cancel(other)); });
  play.send({1}, {0}, 1000, {1, 0.25e9});  // 4 us by its cap
  play.simulator.run();
  EXPECT_THAT(play.arrivals, testing::ElementsAre(Time::microseconds(5), Time::max(), Time::microseconds(5)));
  EXPECT_FALSE(play.flows.cancel(other));
  EXPECT_EQ(play.flows.bytes_carried({0}), Bytes(4000));
  EXPECT_EQ(play.flows.flows_under_way(), 0u);
}

TEST(LinkChanges, WeatherIsWhatWasAskedFor) {
  const Topology topology = pair();
  sim::RandomStream random(1, "weather");
  const LinkWeather weather{Time::milliseconds(2), 0.5, 0.75, Time::milliseconds(4), Time::milliseconds(1)};
  int capacity_changes = 0, failures = 0;
  Time down, since;
  for (const LinkChange& change : weather_changes(weather, topology, {0}, Time::milliseconds(10'000), random)) {
    if (change.capacity) {
      ++capacity_changes;
      EXPECT_GE(change.capacity->in_bytes_per_second(), 0.5e9);
      EXPECT_LE(change.capacity->in_bytes_per_second(), 0.75e9);
    } else if (*change.up) {
      down += change.at - since;
    } else {
      ++failures;
      since = change.at;
    }
  }
  // Means of 5,000 changes, 2,000 failures and 2 s; within 5 standard deviations, which are about sqrt(count).
  EXPECT_NEAR(capacity_changes, 5000, 5 * 71);
  EXPECT_NEAR(failures, 2000, 5 * 45);
  EXPECT_NEAR(down.seconds(), 2, 5 * 2 * std::sqrt(2.0 / 2000));
  const auto latencies = [&](Time mean, double least, double greatest) {
    return LinkWeather{{}, 1, 1, {}, {}, mean, least, greatest};
  };
  int latency_changes = 0;
  Time sum;
  for (const LinkChange& change :
       weather_changes(latencies(Time::milliseconds(2), 0.5, 3), topology, {0}, Time::milliseconds(10'000), random)) {
    ASSERT_TRUE(change.latency && !change.capacity && !change.up);
    ++latency_changes;
    EXPECT_GE(*change.latency, Time::nanoseconds(500));
    EXPECT_LE(*change.latency, Time::nanoseconds(3000));
    sum += *change.latency;
  }
  EXPECT_NEAR(latency_changes, 5000, 5 * 71);
  // Evenly drawn: mean 1.75 us, standard deviation 2.5 / sqrt(12) us.
  EXPECT_NEAR(sum.seconds() / latency_changes, 1.75e-6, 5 * 2.5e-6 / std::sqrt(12.0 * 5000));
  EXPECT_THROW(weather_changes(latencies(Time::milliseconds(2), 2, 1), topology, {0}, Time::zero(), random), UserError);
  EXPECT_THROW(weather_changes(latencies(Time::milliseconds(2), -1, 1), topology, {0}, Time::zero(), random), UserError);
  EXPECT_THROW(weather_changes({{}, 0, 1, {}, {}}, topology, {0}, Time::zero(), random), UserError);
  EXPECT_THROW(weather_changes({{}, 1, 1, Time::milliseconds(1), {}}, topology, {0}, Time::zero(), random), UserError);
}

/// Racks joined twice over, so that there often is a way around.
Topology two_cores(std::vector<NodeId>& hosts) {
  Topology topology;
  const NodeId cores[] = {topology.add_node(NodeKind::network_switch, "core0"),
                          topology.add_node(NodeKind::network_switch, "core1")};
  for (int rack = 0; rack < 4; ++rack) {
    const NodeId top = topology.add_node(NodeKind::network_switch, "rack" + std::to_string(rack));
    for (const NodeId core : cores) topology.add_duplex(top, core, kRate, Time::microseconds(1 + core.value));
    for (int i = 0; i < 3; ++i) {
      hosts.push_back(topology.add_node(NodeKind::host, "host" + std::to_string(hosts.size())));
      topology.add_duplex(hosts.back(), top, kRate, Time::microseconds(1));
    }
  }
  return topology;
}

class LinksThatFlap : public testing::TestWithParam<OnLinkDown> {};

// Ten thousand changes while a thousand flows pass. Each arrives once, none in less than its bytes take on the best of links, and
// all bytes of each leave its sender's link and enter by its receiver's.
TEST_P(LinksThatFlap, LoseNoFlowAndNoByte) {
  constexpr std::uint64_t kSeed = 7;
  RecordProperty("seed", static_cast<int>(kSeed));
  sim::RandomStream random(kSeed, "flapping");
  std::vector<NodeId> hosts;
  Play play(two_cores(hosts));
  play.flows.on_link_down(GetParam());
  const Time horizon = Time::milliseconds(20);
  std::vector<LinkChange> changes;
  const LinkWeather weather{Time::microseconds(160), 0.1, 1, Time::microseconds(250), Time::microseconds(50),
                            Time::microseconds(160), 0,   4};
  for (LinkId link{0}; link.value < static_cast<int>(play.topology.links().size()); ++link.value) {
    for (const LinkChange& change : weather_changes(weather, play.topology, link, horizon, random)) changes.push_back(change);
  }
  ASSERT_GE(changes.size(), 10'000u);
  schedule_changes(play.simulator, play.flows, changes);

  constexpr std::size_t kFlows = 1000;
  std::vector<Time> least(kFlows);
  std::vector<int> arrivals(kFlows, 0);
  std::vector<std::int64_t> out(hosts.size(), 0), in(hosts.size(), 0);
  Time last = Time::zero();
  for (std::size_t i = 0; i < kFlows; ++i) {
    const std::size_t from = random.below(hosts.size());
    const std::size_t to = (from + 1 + random.below(hosts.size() - 1)) % hosts.size();
    const auto bytes = static_cast<std::int64_t>(1 + random.below(50'000));
    const Time at = Time::nanoseconds(static_cast<std::int64_t>(random.below(20'000'000)));
    out[from] += bytes;
    in[to] += bytes;
    least[i] = at + transfer_time(Bytes(bytes), kRate);
    play.simulator.schedule_at(at, [&, i, from, to, bytes] {
      play.flows.start(hosts[from], hosts[to], Bytes(bytes), [&, i] {
        ++arrivals[i];
        EXPECT_GE(play.simulator.now(), least[i]) << "seed " << kSeed << ", flow " << i;
        EXPECT_GE(play.simulator.now(), last) << "time went back";
        last = play.simulator.now();
      });
    });
  }
  play.simulator.run();
  EXPECT_THAT(arrivals, testing::Each(1));
  EXPECT_EQ(play.flows.flows_under_way(), 0u);
  for (std::size_t h = 0; h < hosts.size(); ++h) {
    for (LinkId link{0}; link.value < static_cast<int>(play.topology.links().size()); ++link.value) {
      const Link& ends = play.topology.link(link);
      if (ends.from == hosts[h]) {
        EXPECT_EQ(play.flows.bytes_carried(link), Bytes(out[h])) << ends.name;
      } else if (ends.to == hosts[h]) {
        EXPECT_EQ(play.flows.bytes_carried(link), Bytes(in[h])) << ends.name;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Either, LinksThatFlap, testing::Values(OnLinkDown::stall, OnLinkDown::reroute),
                         [](const auto& policy) { return policy.param == OnLinkDown::stall ? "stall" : "reroute"; });

}  // namespace
}  // namespace syncline::network
