// FlowNetwork beside its slow twin: random networks and flows, with links that change and go down under them.
#include "tests/network/flow_twin.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "sim/random.h"
#include "tests/seeds.h"

namespace syncline::network {
namespace {

/// Adds up what links carry by the rates that the network itself reports.
class LoadMeter : public sim::TraceSink {
 public:
  explicit LoadMeter(const Topology& topology) {
    for (LinkId link{0}; link.value < static_cast<int>(topology.links().size()); ++link.value) {
      meters_["link " + topology.link(link).name].link = link;
    }
  }
  void reads(const FlowNetwork& flows) { flows_ = &flows; }
  void span(const sim::Span&) override {}
  void sample(const sim::Sample& sample) override {
    EXPECT_LE(sample.value, 1 + 1e-9) << sample.series;
    Meter& meter = meters_.at(sample.series);
    meter.carried += meter.load * (sample.at - meter.since).seconds();
    meter.load = sample.value * flows_->capacity(meter.link).in_bytes_per_second();
    meter.since = sample.at;
  }
  /// [link], once all flows are gone.
  std::map<LinkId, double> carried() const {
    std::map<LinkId, double> result;
    for (const auto& [name, meter] : meters_) {
      EXPECT_EQ(meter.load, 0) << name;
      result[meter.link] = meter.carried;
    }
    return result;
  }

 private:
  struct Meter {
    LinkId link;
    double load = 0;  // bytes per second, from `since` on
    Time since;
    double carried = 0;
  };
  const FlowNetwork* flows_ = nullptr;
  std::map<std::string, Meter> meters_;
};

double random_rate(sim::RandomStream& random) {
  return random.below(2) == 0 ? 1e9 : 0.2e9 + static_cast<double>(random.below(3'000'000'000));
}

/// A ring, so that there is a way around, and some chords; on some nodes a host with one cable.
Topology random_topology(sim::RandomStream& random) {
  Topology topology;
  std::vector<NodeId> nodes;
  const std::size_t ring = 3 + random.below(5);
  const auto join = [&](NodeId a, NodeId b) {
    const Time latency = Time::picoseconds(static_cast<std::int64_t>(random.below(3'000'000)));
    topology.add_duplex(a, b, Bandwidth::bytes_per_second(random_rate(random)), latency);
  };
  for (std::size_t i = 0; i < ring; ++i) nodes.push_back(topology.add_node(NodeKind::host, "n" + std::to_string(i)));
  for (std::size_t i = 0; i < ring; ++i) join(nodes[i], nodes[(i + 1) % ring]);
  if (ring > 3 && random.below(2) == 0) join(nodes[0], nodes[2]);
  for (std::size_t i = 0; i < ring; ++i) {
    if (random.below(3) == 0) join(nodes[i], topology.add_node(NodeKind::host, "leaf" + std::to_string(i)));
  }
  return topology;
}

/// Does the same to a network and to its twin.
class Pair {
 public:
  Pair(std::uint64_t seed, OnLinkDown policy, bool with_sink)
      : random_(seed, "flow twin"),
        topology_(random_topology(random_)),
        meter_(topology_),
        flows_(simulator_, topology_, with_sink ? &meter_ : nullptr),
        twin_(topology_, policy),
        with_sink_(with_sink) {
    meter_.reads(flows_);
    flows_.on_link_down(policy);
  }

  void play() {
    const auto nodes = topology_.nodes().size();
    for (int moment = 0; moment < 60; ++moment) {
      const std::uint64_t changes = 1 + random_.below(4);  // at one time
      simulator_.schedule_at(Time::picoseconds(static_cast<std::int64_t>(random_.below(600'000'000))), [this, nodes, changes] {
        twin_.advance_to(simulator_.now());
        for (std::uint64_t i = 0; i < changes; ++i) change(nodes);
      });
    }
    simulator_.schedule_at(Time::milliseconds(1), [this] {
      twin_.advance_to(simulator_.now());
      for (LinkId link{0}; link.value < static_cast<int>(topology_.links().size()); ++link.value) set_up(link, true);
    });
    simulator_.run();
    twin_.advance_to(simulator_.now() + Time::milliseconds(1));
    compare();
  }

  int cancelled = 0;
  int reroutes() const { return twin_.reroutes(); }

 private:
  void change(std::size_t nodes) {
    const std::uint64_t action = random_.below(20);
    const LinkId link{static_cast<std::int32_t>(random_.below(topology_.links().size()))};
    ++changes_;
    if (action < 10) {
      start(nodes);
    } else if (action < 12 && !ids_.empty()) {
      const std::size_t name = random_.below(ids_.size());
      const bool there = twin_.cancel(name);
      EXPECT_EQ(flows_.cancel(ids_[name]), there) << "flow " << name;
      cancelled += there ? 1 : 0;
    } else if (action < 15) {
      const Bandwidth capacity = Bandwidth::bytes_per_second(random_rate(random_));
      const Time latency = Time::picoseconds(static_cast<std::int64_t>(random_.below(3'000'000)));
      flows_.set_link(link, capacity, latency);
      twin_.set_link(link, capacity, latency);
    } else {
      set_up(link, !flows_.is_up(link));
    }
  }

  void start(std::size_t nodes) {
    const std::size_t from = random_.below(nodes);
    const NodeId ends[] = {{static_cast<std::int32_t>(from)},
                           {static_cast<std::int32_t>((from + 1 + random_.below(nodes - 1)) % nodes)}};
    const Bytes bytes(random_.below(10) == 0 ? 0 : static_cast<std::int64_t>(1 + random_.below(100'000)));
    FlowOptions options;
    if (random_.below(2) == 0) options.weight = 0.5 * static_cast<double>(1 + random_.below(6));
    if (random_.below(3) == 0) options.cap = random_rate(random_) / 4;
    const std::size_t name = ids_.size();
    bytes_.push_back(bytes);
    arrivals_.push_back(Time::zero());
    twin_.start(ends[0], ends[1], bytes, options);
    const auto arrived = [this, name] {
      arrivals_[name] = simulator_.now();
      twin_.advance_to(simulator_.now());
      for (LinkId l{0}; l.value < static_cast<int>(topology_.links().size()); ++l.value) {
        EXPECT_LE(static_cast<double>(flows_.bytes_carried(l).count()), static_cast<double>(twin_.could_carry(l)) + 1);
      }
    };
    ids_.push_back(flows_.start(ends[0], ends[1], bytes, arrived, options));
  }

  void set_up(LinkId link, bool up) {
    flows_.set_up(link, up);
    twin_.set_up(link, up);
  }

  // An end is late by what is missing to a whole picosecond, and so is each change of a rate that follows; where a flow goes on
  // more slowly than it should have, that counts as often as its rates differ.
  void compare() {
    const double tolerance = 4.0 * (changes_ + static_cast<double>(ids_.size()));
    EXPECT_EQ(flows_.flows_under_way(), 0u);
    for (std::size_t name = 0; name < ids_.size(); ++name) {
      EXPECT_FALSE(twin_.under_way(name)) << "flow " << name;
      EXPECT_NEAR(static_cast<double>(arrivals_[name].count()), static_cast<double>(twin_.arrival(name)), tolerance)
          << "flow " << name;
      if (twin_.arrival(name) > 0) {
        EXPECT_NEAR(static_cast<double>(twin_.sent(name)), static_cast<double>(bytes_[name].count()), 1e-6) << "flow " << name;
      }
    }
    // Whole bytes only are counted where a flow is cancelled or goes another way.
    const std::map<LinkId, double> metered = meter_.carried();
    for (const auto& [link, by_its_rates] : metered) {
      const auto counted = static_cast<double>(flows_.bytes_carried(link).count());
      const auto by_the_twin = static_cast<double>(twin_.carried(link));
      const double cut = static_cast<double>(cancelled + twin_.reroutes());
      EXPECT_NEAR(counted, by_the_twin, 1 + cut) << "link " << link.value;
      EXPECT_LE(by_the_twin, static_cast<double>(twin_.could_carry(link)) * (1 + 1e-9)) << "link " << link.value;
      if (with_sink_) {
        EXPECT_NEAR(by_its_rates, counted, 1 + cut) << "link " << link.value;
      }
    }
  }

  sim::RandomStream random_;
  sim::Simulator simulator_;
  Topology topology_;
  LoadMeter meter_;
  FlowNetwork flows_;
  FlowTwin twin_;
  bool with_sink_;
  std::vector<FlowId> ids_;     // [name]
  std::vector<Bytes> bytes_;    // [name]
  std::vector<Time> arrivals_;  // [name] zero: cancelled
  double changes_ = 0;
};

class FlowTwins : public testing::TestWithParam<OnLinkDown> {};

TEST_P(FlowTwins, EndEachFlowAtOneTimeAndCarryTheSameBytes) {
  int cancelled = 0, reroutes = 0;
  for (const std::uint64_t seed : seeds(100)) {
    for (const bool with_sink : {false, true}) {
      SCOPED_TRACE("seed " + std::to_string(seed) + (with_sink ? ", utilisation reported" : ""));
      Pair pair(seed, GetParam(), with_sink);
      pair.play();
      if (HasFailure()) return;
      cancelled += pair.cancelled;
      reroutes += pair.reroutes();
    }
  }
  EXPECT_GT(cancelled, 0);
  EXPECT_EQ(reroutes > 0, GetParam() == OnLinkDown::reroute);
}

INSTANTIATE_TEST_SUITE_P(Either, FlowTwins, testing::Values(OnLinkDown::stall, OnLinkDown::reroute),
                         [](const auto& policy) { return policy.param == OnLinkDown::stall ? "stall" : "reroute"; });

}  // namespace
}  // namespace syncline::network
