// syncline profile as a user meets it, and what scenarios make of its files.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scenarios/scenario.h"
#include "tests/tools/program.h"
#include "tools/profiling/device_measurement.h"
#include "tools/profiling/layer_passes.h"
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

// The H200's memory is 3.0868 times as fast as the A100's, its arithmetic 3.4359 times.
TEST(Profile, IsCarriedToAnotherGpuByTheRoofline) {
  const Workplace place;
  models::DeviceProfile h200;
  h200.title = "an H200, measured";
  h200.source = "measured: by hand";
  h200.flops_per_second = 50e12;
  h200.memory = Bandwidth::bytes_per_second(4e12);
  h200.launch = Time::microseconds(3);
  h200.kernel_efficiency = {{"top-k", 0.7}};
  place.write("h200-here.toml", gpu_text(h200, "syncline profile"));
  const ProgramResult gpu = place.run({"scale", "h200-here.toml", "--of", "h200", "--to", "a100", "--output", "a100-here.toml"});
  ASSERT_EQ(gpu.code, 0) << gpu.err;
  expect_parts(place.read("a100-here.toml"),
               {"flops = \"1.455e+04 GFLOP/s\"", "memory = \"1296 GB/s\"", "launch = \"3 us\"", "memory_efficiency = 0.7",
                "scaled by the roofline from: an H200, measured", "not measured: scaled from h200 to a100"});

  place.write("mlp-h200.toml",
              "title = \"t\"\nmodel = \"mlp\"\ndevice = \"H200\"\nbatch = 65536\n"
              "[[layer]]\nname = \"relu1\"\nforward = \"100 us\"\nbackward = \"10 us\"\n");
  const ProgramResult layers = place.run({"scale", "mlp-h200.toml", "--of", "h200", "--to", "a100"});
  ASSERT_EQ(layers.code, 0) << layers.err;
  expect_parts(layers.out, {"device = \"NVIDIA A100 SXM4, 40 GB, scaled\"", "not measured", "forward = \"284.00"});

  h200.precision = "bf16";
  place.write("h200-bf16.toml", gpu_text(h200, "syncline profile"));
  expect_parts(place.run({"scale", "h200-bf16.toml", "--of", "h200", "--to", "a100"}).err,
               {"h200-bf16: was measured in bf16, and what GPUs reach in that is not known here"});
  EXPECT_NE(place.run({"scale", "h200-here.toml", "--of", "h200"}).err.find("--to: is missing"), std::string::npos);
  expect_parts(place.run({"scale", "h200-here.toml", "--of", "h200", "--to", "a100", "--output", "h200-here.toml"}).err,
               {"--output: 'h200-here.toml' is read, and would be written over"});
  EXPECT_NE(place.run({"scale", "h200-here.toml", "--of", "h200", "--to", "a10"}).err.find("a100"), std::string::npos);
}

TEST(Profile, SaysThatItMeasuresTheProcessorWhereAGpuWasWanted) {
  const Workplace place;
  const ProgramResult result = place.run({"profile", "--gpu", "auto", "--elements", "1000"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.err.find("the processor is measured") != std::string::npos, result.out.find("cuda: ") == std::string::npos);
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
  expect_parts(refusal({"--backend", "cpu", "--precision", "tf32"}), {"--precision: only a GPU multiplies by tf32"});
  expect_parts(refusal({"--gpu", "auto", "--backend", "cpu"}), {"--gpu: says where kernels run, and so does --backend"});
  expect_parts(refusal({"--gpu", "first"}), {"--gpu"});
  expect_parts(refusal({"--precision", "fp16"}), {"--precision: unknown precision 'fp16'"});
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
  folder.write("gpu.toml", gpu_text(device_profile(measured()), "syncline profile"));
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
  // 53 convolutions, each with its norm, 49 ReLUs, 16 sums, a maximum and the classifier; the average has no kernel.
  EXPECT_EQ(measured_layers, 2 * 53 + 49 + 16 + 1 + 1);
}

}  // namespace
}  // namespace syncline::tools
