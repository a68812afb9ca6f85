// Messages that go by all NICs of a machine at once.
#include <gtest/gtest.h>

#include <algorithm>

#include "network/best_links.h"
#include "network/builders.h"
#include "network/communicator.h"
#include "network/fabrics/fabric.h"
#include "network/machines/machine.h"

namespace syncline::network {
namespace {

/// NVLink at 100 GB/s and half a microsecond; PCIe at 20 GB/s, NICs at 1 GB/s, 1 us each.
InsideSpec inside(int gpus, int nics) {
  const auto link = [](double rate) { return LinkSpec{Bandwidth::bytes_per_second(rate), Time::microseconds(1)}; };
  InsideSpec spec;
  spec.gpus_per_node = gpus;
  spec.nics_per_node = nics;
  spec.nvlink = {Bandwidth::bytes_per_second(1e11), Time::nanoseconds(500)};
  spec.pcie = link(2e10);
  spec.cpu_link = link(2e10);
  return spec;
}

const LinkSpec kNic{Bandwidth::bytes_per_second(1e9), Time::microseconds(1)};

Cluster machines_of(int machines, int gpus, int nics, const std::string& fabric = "star", FabricSpec spec = {}) {
  Cluster cluster = workers_in_machines(machines * gpus, "nvswitch", inside(gpus, nics));
  spec.link = kNic;
  attach(fabric, cluster, spec);
  return cluster;
}

FabricSpec racks_with_uplinks_of(double rate) {
  FabricSpec spec;
  spec.racks = 2;
  spec.uplink = {Bandwidth::bytes_per_second(rate), Time::microseconds(1)};
  return spec;
}

struct Play {
  explicit Play(Cluster c) : cluster(std::move(c)), flows(simulator, cluster.topology) {}
  /// When it arrives is written to `arrival`.
  void send(std::size_t from, std::size_t to, std::int64_t bytes, Time* arrival, double cap = kNoCap) {
    flows.start(cluster.workers[from], cluster.workers[to], Bytes(bytes), [=, this] { *arrival = simulator.now(); },
                {1, cap, &cluster.gates});
  }
  LinkId link(const std::string& name) const {
    for (LinkId id{0}; const Link& each : cluster.topology.links()) {
      if (each.name == name) return id;
      ++id.value;
    }
    ADD_FAILURE() << "no link " << name;
    return {0};
  }

  sim::Simulator simulator;
  Cluster cluster;
  FlowNetwork flows;
};

// GPU, PCIe switch, NIC, switch, and back: 6 links.
TEST(AllNics, FourTakeAQuarterOfTheTime) {
  for (const int nics : {1, 2, 4}) {
    Play play(machines_of(2, 4, nics));
    Time arrival;
    play.send(3, 4, 4'000'000, &arrival);
    play.simulator.run();
    EXPECT_EQ(arrival, Time::microseconds(4000 / nics + 6)) << nics << " NICs";
    for (int nic = 0; nic < nics; ++nic) {
      EXPECT_EQ(play.flows.bytes_carried(play.link("node0.nic" + std::to_string(nic) + ">switch")), Bytes(4'000'000 / nics));
    }
  }
}

TEST(AllNics, WithinAMachineNothingChanges) {
  Play play(machines_of(2, 4, 4));
  EXPECT_EQ(play.flows.route(play.cluster.workers[0], play.cluster.workers[2], &play.cluster.gates).ways(), 1u);
  Time arrival;
  play.send(0, 2, 1'000'000, &arrival);
  play.simulator.run();
  EXPECT_EQ(arrival, Time::microseconds(10 + 1));
}

// Two NICs of a machine meet on one uplink of 1.5 GB/s. Alone a message gets it all; a second, by the same uplink, half of it.
TEST(AllNics, WaysThatShareALinkTakeItTogether) {
  Play play(machines_of(4, 2, 2, "racks", racks_with_uplinks_of(1.5e9)));
  Time first, second;
  play.send(0, 4, 3'000'000, &first);
  play.simulator.run();
  EXPECT_EQ(first, Time::microseconds(2000 + 8));
  const Time begin = play.simulator.now();
  play.send(0, 4, 3'000'000, &first);
  play.send(2, 6, 3'000'000, &second);
  play.simulator.run();
  EXPECT_EQ(first - begin, Time::microseconds(4000 + 8));
  EXPECT_EQ(second - begin, Time::microseconds(4000 + 8));
}

TEST(AllNics, ACapIsOfTheWholeMessage) {
  Play play(machines_of(2, 4, 4));
  Time arrival;
  play.send(0, 4, 3'000'000, &arrival, 1.5e9);
  play.simulator.run();
  EXPECT_EQ(arrival, Time::microseconds(2000 + 6));
}

// 8 MB by four NICs, 4 MB of it in the first millisecond. Then one NIC fails: the rest goes by the other three, of which one is
// crossed twice, until all have gone.
TEST(AllNics, WhatIsLeftGoesAroundANicThatFails) {
  Play play(machines_of(2, 4, 4));
  play.flows.on_link_down(OnLinkDown::reroute);
  Time arrival;
  play.send(0, 4, 8'000'000, &arrival);
  play.simulator.schedule_at(Time::milliseconds(1), [&] { play.flows.set_up(play.link("node0.nic1>switch"), false); });
  play.simulator.run();
  EXPECT_GT(arrival, Time::microseconds(1000 + 4000 / 3));
  EXPECT_LE(arrival, Time::microseconds(1000 + 2000 + 20));
  Bytes left{0};
  for (int nic = 0; nic < 4; ++nic) left += play.flows.bytes_carried(play.link("node0.nic" + std::to_string(nic) + ">switch"));
  EXPECT_EQ(left, Bytes(8'000'000));
  EXPECT_EQ(play.flows.flows_under_way(), 0u);
}

Time all_reduce(const Cluster& cluster, Communicator::How how, bool all_nics = true,
                std::string_view algorithm = "ring-all-reduce") {
  sim::Simulator simulator;
  FlowNetwork flows(simulator, cluster.topology);
  CommunicationStack stack{"stack", Time::zero(), 1, ""};
  stack.all_nics = all_nics;
  Communicator communicator(simulator, flows, cluster, stack, how);
  const CollectiveCall call{algorithm, Bytes(16'000'000)};
  for (int rank = 0; rank < static_cast<int>(cluster.workers.size()); ++rank) {
    sim::spawn(simulator, [](Communicator& all, int me, CollectiveCall what) -> sim::Task<> {
      co_await all.run(me, what);
    }(communicator, rank, call));
  }
  simulator.run();
  return simulator.now();
}

// 2 machines of 4: 14 steps of 2 MB, the slowest between machines, of 6 links.
TEST(AllNics, ARingIsAsFastAsAllOfThem) {
  for (const std::string fabric : {"star", "rails"}) {
    FabricSpec spec;
    spec.pod_hosts = 2;
    const Cluster cluster = machines_of(2, 4, 4, fabric, spec);
    EXPECT_EQ(all_reduce(cluster, Communicator::How::exact), 14 * Time::microseconds(500 + 6)) << fabric;
    EXPECT_EQ(all_reduce(cluster, Communicator::How::collapsed), 14 * Time::microseconds(500 + 6)) << fabric;
  }
  EXPECT_EQ(all_reduce(machines_of(2, 4, 4), Communicator::How::exact, false), 14 * Time::microseconds(2000 + 6));
  EXPECT_EQ(all_reduce(machines_of(2, 4, 1), Communicator::How::exact), 14 * Time::microseconds(2000 + 6));
}

/// A cluster of some of its workers, as a job has them.
Cluster only(Cluster cluster, const std::vector<std::size_t>& workers) {
  const Cluster whole = cluster;
  cluster.workers.clear();
  cluster.host_of_worker.clear();
  for (const std::size_t worker : workers) {
    cluster.workers.push_back(whole.workers[worker]);
    cluster.host_of_worker.push_back(whole.host_of_worker[worker]);
  }
  return cluster;
}

// 16 MB among 2 machines. One GPU of each: 2 steps of 8 MB by its own NIC. Two of each: 6 steps of 4 MB by the two that are theirs.
TEST(AllNics, AJobGoesByThoseOfItsOwnGpus) {
  const Cluster whole = machines_of(2, 4, 4);
  EXPECT_EQ(all_reduce(only(whole, {1, 5}), Communicator::How::exact), 2 * Time::microseconds(8000 + 6));
  EXPECT_EQ(all_reduce(only(whole, {0, 1, 4, 5}), Communicator::How::exact), 6 * Time::microseconds(2000 + 6));
  // Machines of two NICs, at GPUs 0 and 2: neither is of this job.
  EXPECT_EQ(all_reduce(only(machines_of(2, 4, 2), {1, 5}), Communicator::How::exact), 2 * Time::microseconds(8000 + 6));
}

TEST(AllNics, AFixedWayIsTaken) {
  Play play(machines_of(2, 4, 4));
  play.cluster.topology.fix_way({play.cluster.workers[0], play.cluster.topology.find_node("node0.pcie0"),
                                 play.cluster.topology.find_node("node0.nic0"), play.cluster.topology.find_node("switch"),
                                 play.cluster.topology.find_node("node1.nic0"), play.cluster.topology.find_node("node1.pcie0"),
                                 play.cluster.workers[4]});
  Routing routing(play.cluster.topology);
  EXPECT_EQ(routing.find_route_by_all(play.cluster.workers[0], play.cluster.workers[4], play.cluster.gates)->ways(), 1u);
  EXPECT_EQ(routing.find_route_by_all(play.cluster.workers[1], play.cluster.workers[4], play.cluster.gates)->ways(), 4u);
}

// Where flows go around failures, no bound may count on a worker's own links alone.
TEST(AllNics, BoundsKnowOfThem) {
  const Cluster cluster = machines_of(2, 4, 4);
  ChangingLinks changes;
  changes.on_link_down = OnLinkDown::reroute;
  const CollectiveCall call{"ring-all-reduce", Bytes(16'000'000)};
  const double bound = BestLinks(cluster, {"stack", Time::zero(), 1, ""}, changes).least_seconds({&call, 1});
  EXPECT_GT(bound, 0);
  EXPECT_LE(bound, all_reduce(cluster, Communicator::How::exact).seconds());
}

// Its links are crossed together by several ways: collapsed, it is what the exact play says, as ever.
TEST(AllNics, CollapsedIsExact) {
  for (const int nics : {2, 3, 6}) {
    const Cluster cluster = machines_of(4, 6, nics, "racks", racks_with_uplinks_of(2.3e9));
    for (const auto algorithm : {"ring-all-reduce", "ring-all-gather", "chain-broadcast"}) {
      const Time exact = all_reduce(cluster, Communicator::How::exact, true, algorithm);
      try {
        EXPECT_EQ(all_reduce(cluster, Communicator::How::collapsed, true, algorithm), exact) << nics << " " << algorithm;
      } catch (const NotCollapsible&) {
        EXPECT_EQ(std::string(algorithm), "chain-broadcast") << nics;
      }
    }
  }
}

}  // namespace
}  // namespace syncline::network
