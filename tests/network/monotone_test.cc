// More bytes never end sooner, and more bandwidth on all links never later: every row, many sizes, several clusters.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/network/time_of.h"

namespace syncline::network {
namespace {

/// All links `speed` times as fast.
std::vector<Cluster> clusters(double speed) {
  const LinkSpec fast{Bandwidth::bytes_per_second(1.2e10 * speed), Time::nanoseconds(300)};
  const LinkSpec slow{Bandwidth::bytes_per_second(1.7e9 * speed), Time::microseconds(10)};
  Cluster uneven = star(7, fast);
  set_worker_link(uneven, 2, slow);
  return {star(6, slow), racks(2, 3, fast, slow), multi_gpu_nodes(3, 4, fast, slow), uneven};
}

std::vector<std::int64_t> sizes() {
  std::vector<std::int64_t> result = {0, 1, 2, 3, 4, 5, 7, 8};
  for (std::int64_t size = 16; size <= 64'000'000; size *= 4) {
    for (const std::int64_t around : {-1, 0, 1, 3}) result.push_back(size + around);
  }
  return result;
}

class EveryRow : public testing::TestWithParam<CollectiveRow> {};

TEST_P(EveryRow, TakesNoLessTimeForMoreBytes) {
  for (const Cluster& cluster : clusters(1)) {
    Time before = Time::zero();
    for (const std::int64_t bytes : sizes()) {
      const Time now = time_of(cluster, {GetParam().name, Bytes(bytes)});
      ASSERT_GE(now, before) << bytes << " bytes on " << cluster.description;
      before = now;
    }
  }
}

TEST_P(EveryRow, TakesNoMoreTimeOnFasterLinks) {
  constexpr double kSpeeds[] = {0.5, 0.9, 1, 1.01, 3, 10};
  for (const std::int64_t bytes : {1, 1000, 99'991, 4'000'000}) {
    for (std::size_t i = 0; i < clusters(1).size(); ++i) {
      Time before = Time::max();
      for (const double speed : kSpeeds) {
        const Cluster cluster = clusters(speed)[i];
        const Time now = time_of(cluster, {GetParam().name, Bytes(bytes)});
        ASSERT_LE(now, before) << bytes << " bytes on " << cluster.description;
        before = now;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table, EveryRow, testing::ValuesIn(collectives().begin(), collectives().end()), [](const auto& row) {
  std::string name(row.param.name);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace syncline::network
