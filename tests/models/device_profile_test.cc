#include "models/device_profile.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

#include "sim/error.h"

namespace syncline::models {
namespace {

// 8 TFLOP/s at half efficiency: 4 TFLOP/s. 400 GB/s at half: 200 GB/s. 5 us a launch.
DeviceProfile device() {
  return {.name = "device",
          .title = "",
          .source = "",
          .flops_per_second = 8e12,
          .memory = Bandwidth::bytes_per_second(400e9),
          .compute_efficiency = 0.5,
          .memory_efficiency = 0.5,
          .launch = Time::microseconds(5)};
}

// Seconds are doubles: 2^-53 relative in each of about eight operations, and rounded up by at most one picosecond.
void expect_time(Time time, Time expected) {
  EXPECT_LE(std::abs((time - expected).count()), 1 + expected.count() / 1'000'000'000'000) << time.count();
}

TEST(DeviceProfile, ComputeBoundWorkTakesItsFlops) {
  expect_time(duration(device(), {.flops = 4e9, .bytes = 1e6, .launches = 0}), Time::milliseconds(1));
}

TEST(DeviceProfile, MemoryBoundWorkTakesItsBytes) {
  expect_time(duration(device(), {.flops = 4e6, .bytes = 2e8, .launches = 0}), Time::milliseconds(1));
}

TEST(DeviceProfile, LaunchesAreAddedOnTop) {
  expect_time(duration(device(), {.flops = 4e9, .bytes = 0, .launches = 3}), Time::microseconds(1015));
}

TEST(DeviceProfile, AWorkerAtHalfSpeedTakesTwiceAsLong) {
  expect_time(duration(device(), {.flops = 4e9, .bytes = 0, .launches = 2}, 0.5), Time::microseconds(2020));
}

TEST(DeviceProfile, AKernelThatWasMeasuredTakesItsOwnEfficiency) {
  DeviceProfile measured = device();
  measured.kernel_efficiency["sign"] = 0.25;
  expect_time(duration(measured, "sign", {.flops = 4e6, .bytes = 2e8, .launches = 0}), Time::milliseconds(2));
  expect_time(duration(measured, "top-k", {.flops = 4e6, .bytes = 2e8, .launches = 0}), Time::milliseconds(1));
}

TEST(DeviceProfile, NoWorkTakesNoTime) { EXPECT_EQ(duration(device(), {}), Time::zero()); }

TEST(DeviceProfile, ImpossibleOnesAreUserErrors) {
  EXPECT_NO_THROW(check(device()));
  const auto bad = [](auto change) {
    DeviceProfile d = device();
    change(d);
    EXPECT_THROW(check(d), UserError);
  };
  bad([](DeviceProfile& d) { d.flops_per_second = 0; });
  bad([](DeviceProfile& d) { d.flops_per_second = std::numeric_limits<double>::infinity(); });
  bad([](DeviceProfile& d) { d.memory = Bandwidth::bytes_per_second(0); });
  bad([](DeviceProfile& d) { d.compute_efficiency = 0; });
  bad([](DeviceProfile& d) { d.memory_efficiency = 1.5; });
  bad([](DeviceProfile& d) { d.launch = Time::zero() - Time::picoseconds(1); });
}

}  // namespace
}  // namespace syncline::models
