// What the shipped stacks choose by themselves: more bytes never end sooner and faster links never later, but across the sizes
// and speeds that switch_points() and switch_speeds() name.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "network/builders.h"
#include "network/collective_timing.h"
#include "scenarios/data_file.h"
#include "scenarios/stack.h"

namespace syncline::scenarios {
namespace {

using network::Cluster;
using network::CommunicationStack;
using network::Operation;

/// 2 machines of 4 GPUs on NVSwitches.
Cluster of_two_nics(network::LinkSpec nvlink, network::LinkSpec nic, double speed) {
  network::InsideSpec inside;
  inside.gpus_per_node = 4;
  inside.nics_per_node = 2;
  inside.nvlink = nvlink;
  inside.pcie = inside.cpu_link = {Bandwidth::bytes_per_second(2.4e10 * speed), Time::nanoseconds(500)};
  Cluster cluster = network::workers_in_machines(8, "nvswitch", inside);
  network::FabricSpec spec;
  spec.link = nic;
  network::attach("star", cluster, spec);
  return cluster;
}

/// All links `speed` times as fast.
std::vector<Cluster> clusters(double speed) {
  const network::LinkSpec inside{Bandwidth::bytes_per_second(3e11 * speed), Time::nanoseconds(300)};
  const network::LinkSpec outside{Bandwidth::bytes_per_second(1.25e9 * speed), Time::microseconds(10)};
  return {network::star(8, outside), network::star(6, inside), network::racks(2, 3, inside, outside),
          network::multi_gpu_nodes(2, 4, inside, outside), of_two_nics(inside, outside, speed)};
}

/// On one cluster, by whatever the stack takes. Bytes are those of the whole vector, and whole ones for each rank.
struct Player {
  const CommunicationStack& stack;
  Operation operation;
  std::size_t cluster;

  Time time(std::int64_t bytes, double speed) const {
    const Cluster on = clusters(speed)[cluster];
    const int ranks = static_cast<int>(on.workers.size());
    const std::string name = network::auto_name(operation);
    const network::CollectiveCall call = network::call_for_buffer(operation, name, Bytes(bytes * ranks), ranks);
    return network::time_collective(on, stack, call, network::Reckoning::collapsed).most;
  }

  network::ClusterFacts facts() const {
    const Cluster on = clusters(1)[cluster];
    network::Routing routing(on.topology);
    return network::facts_of(on, routing);
  }

  network::Wanted wanted(std::int64_t bytes) const { return {operation, "", Bytes(bytes * facts().ranks)}; }

  std::string text() const {
    return stack.name + ", " + std::string(name_of(operation)) + " on " + clusters(1)[cluster].description;
  }
};

template <class Body>
void for_each_player(const std::string& stack_file, const Body& body) {
  const CommunicationStack stack = load_stack(DataFolders(), stack_file);
  std::vector<Operation> seen;
  for (const network::CollectiveRow& row : network::collectives()) {
    if (std::ranges::find(seen, row.operation) != seen.end() || network::algorithms_for(stack, row.operation).empty()) continue;
    seen.push_back(row.operation);
    for (std::size_t cluster = 0; cluster < clusters(1).size(); ++cluster) body(Player{stack, row.operation, cluster});
  }
  EXPECT_EQ(seen.size(), 8u) << "all operations but the push-pull";
}

class ShippedAuto : public testing::TestWithParam<std::string> {};

TEST_P(ShippedAuto, TakesNoLessTimeForMoreBytesButAtSwitchPoints) {
  for_each_player(GetParam(), [](const Player& player) {
    const int ranks = player.facts().ranks;
    const std::vector<Bytes> points =
        network::switch_points(player.stack, player.wanted(0), player.facts(), Bytes(0), Bytes(100'000'000));
    std::int64_t last = 0;
    Time before = player.time(0, 1);
    for (std::int64_t bytes = 1; bytes <= 8'000'000; bytes += 1 + bytes * 2 / 3) {
      const Time now = player.time(bytes, 1);
      const bool switched = std::ranges::any_of(
          points, [&](Bytes point) { return last * ranks < point.count() && point.count() <= bytes * ranks; });
      if (!switched) {
        EXPECT_GE(now, before) << bytes << " bytes a rank by " << player.text();
      }
      before = now;
      last = bytes;
    }
  });
}

TEST_P(ShippedAuto, TakesNoMoreTimeOnFasterLinksButAtSwitchSpeeds) {
  for_each_player(GetParam(), [](const Player& player) {
    for (const std::int64_t bytes : {1, 100, 1000, 8000, 30'000, 200'000, 1'000'000}) {
      const std::vector<network::SpeedSwitch> switches =
          network::switch_speeds(player.stack, player.wanted(bytes), player.facts(), 0.01, 100);
      std::vector<double> speeds = {100};
      for (double speed = 0.01; speed < 100; speed *= 1.4) speeds.push_back(speed);
      for (const network::SpeedSwitch& each : switches)
        speeds.insert(speeds.end(), {each.speed * 0.999999, each.speed * 1.000001});
      std::ranges::sort(speeds);
      double last = 0;
      Time before = Time::max();
      for (const double speed : speeds) {
        const Time now = player.time(bytes, speed);
        const bool switched = std::ranges::any_of(
            switches, [&](const network::SpeedSwitch& each) { return last < each.speed && each.speed <= speed; });
        if (!switched) {
          EXPECT_LE(now, before) << bytes << " bytes a rank, links x " << speed << ", by " << player.text();
        }
        before = now;
        last = speed;
      }
    }
  });
}

std::vector<std::string> stack_names() {
  std::vector<std::string> names;
  for (const DataFile& file : stack_files(DataFolders())) names.push_back(file.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Files, ShippedAuto, testing::ValuesIn(stack_names()), [](const auto& file) {
  std::string name = file.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace syncline::scenarios
