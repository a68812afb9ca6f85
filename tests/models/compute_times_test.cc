// How long layers compute: by the roofline, a profile or a rate.
#include "models/compute_times.h"

#include <gtest/gtest.h>

#include "sim/error.h"

namespace syncline::models {
namespace {

DeviceProfile launches_only() {
  DeviceProfile device;
  device.title = "launches of 1 ms";
  device.flops_per_second = 1e30;
  device.memory = Bandwidth::bytes_per_second(1e30);
  device.launch = Time::milliseconds(1);
  return device;
}

/// "a" has no parameters, "b" and "c" have; one launch forward, two backward.
Dnn three_layers() {
  Dnn dnn;
  dnn.name = "three";
  for (const char* name : {"a", "b", "c"}) {
    Layer layer;
    layer.name = name;
    if (layer.name != "a") layer.parameters.push_back({"weight", {10}});
    layer.forward_launches = 1;
    layer.backward_launches = 2;
    dnn.layers.push_back(layer);
  }
  return dnn;
}

LayerProfile profile() {
  LayerProfile result;
  result.title = "the profile";
  result.model = "three";
  result.batch = 4;
  result.layers = {{"c", Time::milliseconds(3), Time::milliseconds(30), {"p", 3, ""}},
                   {"a", Time::milliseconds(1), Time::zero(), {"p", 1, ""}},
                   {"b", Time::milliseconds(2), Time::milliseconds(20), {"p", 2, ""}}};
  result.update = Time::milliseconds(5);
  return result;
}

ComputeTimes times(const ComputeSetting& setting, int batch = 4) {
  return compute_times(three_layers(), launches_only(), batch, setting);
}

TEST(ComputeTimes, TheRooflineStopsBackwardAtTheFirstParameters) {
  const ComputeTimes roofline = times({});
  EXPECT_EQ(roofline.forward, (std::vector<double>{1e-3, 1e-3, 1e-3}));
  EXPECT_EQ(roofline.backward, (std::vector<double>{0, 2e-3, 2e-3}));
  EXPECT_EQ(roofline.update, 1e-3);
}

TEST(ComputeTimes, AProfileIsMatchedByNameAndScaledToTheBatch) {
  ComputeSetting setting;
  setting.profile = profile();
  EXPECT_EQ(times(setting).forward, (std::vector<double>{1e-3, 2e-3, 3e-3}));
  const ComputeTimes twice = times(setting, 8);
  EXPECT_EQ(twice.backward, (std::vector<double>{0, 40e-3, 60e-3}));
  EXPECT_EQ(twice.update, 5e-3);  // whatever the batch
}

TEST(ComputeTimes, ABatchThatGrowsAndASlowWorkerTakeInProportion) {
  ComputeSetting setting;
  setting.profile = profile();
  const ComputeTimes measured = times(setting);
  EXPECT_EQ(measured.forward_time(1, 4, 1), Time::milliseconds(2));
  EXPECT_EQ(measured.forward_time(1, 12, 0.5), Time::milliseconds(12));
  EXPECT_EQ(measured.backward_time(2, 4, 2), Time::milliseconds(15));
  EXPECT_EQ(measured.update_time(0.5), Time::milliseconds(10));
}

// 61 ms of the profile become 4 samples at 20 a second: 200 ms.
TEST(ComputeTimes, ARateIsSharedOutByTheProfile) {
  ComputeSetting setting;
  setting.profile = profile();
  setting.samples_per_second = 20;
  const ComputeTimes shared = times(setting);
  EXPECT_NEAR(shared.total(), 0.2, 1e-15);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(shared.forward[i], times({{}, profile(), {}, {}}).forward[i] * 200 / 61, 1e-15);
    EXPECT_NEAR(shared.backward[i], times({{}, profile(), {}, {}}).backward[i] * 200 / 61, 1e-15);
  }
  EXPECT_NEAR(shared.update, 5e-3 * 200 / 61, 1e-15);
}

TEST(ComputeTimes, ARateIsSharedOutByTheRooflineWhereThereIsNoProfile) {
  ComputeSetting setting;
  setting.samples_per_second = 400;
  const ComputeTimes shared = times(setting);  // 8 launches of 1 ms become 10 ms
  EXPECT_NEAR(shared.total(), 10e-3, 1e-15);
  EXPECT_NEAR(shared.backward[1], 2e-3 * 10 / 8, 1e-15);
}

// The layers have all of the rate's 10 ms, and the update its own.
TEST(ComputeTimes, AnUpdateThatTheRateHasNotComesOnTop) {
  ComputeSetting setting;
  setting.samples_per_second = 400;
  setting.rate_has_update = false;
  const ComputeTimes roofline = times(setting);  // 7 launches share 10 ms
  EXPECT_NEAR(roofline.total() - roofline.update, 10e-3, 1e-15);
  EXPECT_EQ(roofline.update, 1e-3);
  setting.update = Time::milliseconds(30);  // longer than the rate's time, which is no error here
  const ComputeTimes given = times(setting);
  EXPECT_EQ(given.update, 30e-3);
  EXPECT_NEAR(given.forward[0], 10e-3 / 7, 1e-15);
}

TEST(ComputeTimes, AnUpdateThatIsGivenStaysAndTheLayersShareTheRest) {
  ComputeSetting setting;
  setting.samples_per_second = 400;
  setting.update = Time::milliseconds(3);
  const ComputeTimes shared = times(setting);
  EXPECT_EQ(shared.update, 3e-3);
  EXPECT_NEAR(shared.total(), 10e-3, 1e-15);
  EXPECT_NEAR(shared.forward[2], 1e-3, 1e-15);  // 7 launches share 7 ms
  setting.update = Time::zero();
  EXPECT_EQ(times(setting).update, 0);
}

TEST(ComputeTimes, TheSourceIsTold) {
  ComputeSetting setting;
  EXPECT_EQ(source_name(setting), "roofline");
  EXPECT_EQ(source_text(setting, launches_only()), "the roofline of launches of 1 ms");
  setting.profile = profile();
  EXPECT_EQ(source_name(setting), "profile");
  setting.samples_per_second = 120;
  setting.update = Time::zero();
  EXPECT_EQ(source_name(setting), "rate");
  EXPECT_EQ(source_text(setting, launches_only()),
            "a measured rate of 120 samples/s, shared out by the profile; update 0 s, as given");
}

std::string complaint(const ComputeSetting& setting) {
  try {
    times(setting);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

std::string complaint(LayerProfile bad) {
  ComputeSetting setting;
  bad.where = {"p", 9, ""};
  setting.profile = std::move(bad);
  return complaint(setting);
}

TEST(ComputeTimes, WhatDoesNotFitIsRefused) {
  LayerProfile bad = profile();
  bad.layers[2].name = "d";
  EXPECT_EQ(complaint(bad), "p:2: three has no layer 'd'; did you mean 'a'?");
  bad.layers[2].name = "c";
  EXPECT_EQ(complaint(bad), "p:2: the layer 'c' is there twice");
  bad = profile();
  bad.layers.resize(1);
  EXPECT_EQ(complaint(bad), "p:9: the profile lacks the layer 'a' and 1 more of three");
  bad = profile();
  bad.model = "four";
  EXPECT_EQ(complaint(bad), "p:9: the profile is of 'four', not of 'three'");
  bad = profile();
  bad.layers[1].backward = Time::picoseconds(1);
  EXPECT_EQ(complaint(bad), "p:1: backward must be 0 s: it stops at the first layer that has parameters, which comes later");
}

TEST(ComputeTimes, ARateThatLeavesNoTimeOrHasNothingToShareItByIsRefused) {
  ComputeSetting setting;
  setting.samples_per_second = 400;
  setting.update = Time::milliseconds(10);
  setting.rate_where = {"s", 7, "samples_per_second"};
  EXPECT_EQ(complaint(setting), "s:7: samples_per_second: at 400 samples/s a step takes 10.0 ms, and the update alone 10.0 ms");
  setting.update = Time::zero();
  setting.profile = profile();
  for (MeasuredLayer& layer : setting.profile->layers) layer.forward = layer.backward = Time::zero();
  EXPECT_EQ(complaint(setting), "s:7: samples_per_second: no layer takes any time, so there is nothing to share it out by");
}

}  // namespace
}  // namespace syncline::models
