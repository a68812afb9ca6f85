// syncline profile as a user meets it, and what scenarios make of its files.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scenarios/scenario.h"
#include "tests/tools/program.h"
#include "tools/profiling/device_measurement.h"
#include "tools/profiling/profile_report.h"

namespace syncline::tools {
namespace {

TEST(Profile, MeasuresKernelsAndLayersAndWritesWhatScenariosRead) {
  const Workplace place;
  const ProgramResult result =
      place.run({"profile", "--backend", "cpu", "--threads", "1", "--elements", "2000", "--ranks", "3", "--model", "mlp",
                 "--batch", "4", "--output", "here.toml", "--layers", "mlp-here.toml"});
  ASSERT_EQ(result.code, 0) << result.err;
  expect_parts(result.out, {"cpu (1 thread)", "a copy within its memory", "on 2000 elements; what adds up messages, of 3 ranks",
                            "top-k", "mean of codes", "batch 4", "100.0 % of it measured"});
  expect_parts(place.read("here.toml"),
               {"--elements 2000", "flops = ", "launch = ", "name = \"quantize\"", "name = \"P = M Q\""});

  const std::string here = replaced(kSmallScenario, "\"v100\"", "\"here.toml\"");
  place.write("s.toml", replaced(here, "model = \"mlp\"", "model = \"mlp\"\nprofile = \"mlp-here.toml\""));
  const ProgramResult checked = place.run({"check", "s.toml"});
  EXPECT_EQ(checked.code, 0) << checked.err;
}

TEST(Profile, RefusesWhatItCannotDo) {
  const Workplace place;
  const auto refusal = [&](const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {"profile"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const ProgramResult result = place.run(all);
    EXPECT_EQ(result.code, 2);
    EXPECT_EQ(result.out, "");
    return result.err;
  };
  expect_parts(refusal({"--layers", "x.toml"}), {"--layers: is of a network's layers: name it by --model"});
  expect_parts(refusal({"--backend", "gpu"}), {"--backend: unknown backend 'gpu'", "cpu"});
  expect_parts(refusal({"--elements", "0"}), {"--elements"});
  expect_parts(refusal({"--model", "lenett"}), {"lenett", "lenet"});
}

/// 100 GB/s of copies, launches of 1 us.
DeviceMeasurement measured() {
  DeviceMeasurement result;
  result.device = "cuda: a GPU";
  result.details = "by hand";
  result.copied_per_second = 100e9;
  result.products_per_second = 10e12;
  result.launch = 1e-6;
  result.kernels = {{"top-k", {1e6, 1e9, 4}, 0.020004}};  // 50 GB/s between its four launches
  return result;
}

// What was measured is what a simulated GPU takes for it.
TEST(Profile, AMeasuredKernelTakesWhatItTook) {
  const models::DeviceProfile profile = device_profile(measured());
  EXPECT_NEAR(profile.memory_efficiency_of("top-k"), 0.5, 1e-9);
  EXPECT_NEAR(duration(profile, "top-k", {1e6, 1e9, 4}).seconds(), 0.020004, 1e-9);
  EXPECT_NEAR(duration(profile, "sign", {1e6, 1e9, 4}).seconds(), 0.010004, 1e-9);  // not measured: as fast as a copy
}

// A file of it is read back as the same device, to the digits that it has.
TEST(Profile, ReadsItsOwnFile) {
  const TemporaryFolder folder;
  folder.write("gpu.toml", gpu_text(measured(), "syncline profile", "2026-11-29"));
  const models::DeviceProfile read = scenarios::load_gpu(scenarios::DataFolders(folder.path("")), folder.path("gpu.toml"));
  const models::DeviceProfile wanted = device_profile(measured());
  EXPECT_DOUBLE_EQ(read.flops_per_second, wanted.flops_per_second);
  EXPECT_EQ(read.memory, wanted.memory);
  EXPECT_EQ(read.launch, wanted.launch);
  EXPECT_NEAR(read.memory_efficiency_of("top-k"), 0.5, 1e-3);
}

// Layers without kernels are told by the roofline of what was measured; nobody asks for a gradient before the first parameters.
TEST(Profile, LayersWithoutKernelsAreToldByTheRoofline) {
  ProfileRequest request;
  const models::ModelRow& row = models::model("resnet50");
  request.dnn = row.make(row.standard);
  request.batch = 2;
  DeviceMeasurement device = measured();
  for (const models::Layer& layer : request.dnn->layers) {
    device.layers.push_back(has_kernels(layer) ? std::optional<LayerTimes>({1e-3, 2e-3}) : std::nullopt);
  }
  const models::LayerProfile profile = layer_profile(request, device);
  ASSERT_EQ(profile.layers.size(), request.dnn->layers.size());
  int measured_layers = 0;
  for (std::size_t i = 0; i < profile.layers.size(); ++i) {
    const models::Layer& layer = request.dnn->layers[i];
    measured_layers += has_kernels(layer) ? 1 : 0;
    const Time wanted =
        has_kernels(layer) ? Time::milliseconds(1) : duration(device_profile(device), models::forward_work(layer, request.batch));
    EXPECT_EQ(profile.layers[i].forward, wanted) << layer.name;
  }
  EXPECT_EQ(measured_layers, 54);  // 53 convolutions and the classifier
}

}  // namespace
}  // namespace syncline::tools
