// PyTorch's profiler: a recorded trace, whose layers' operators are known by name, and hand-written ones with a GPU in them.
#include "tools/imports/kineto.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/error.h"

namespace syncline::tools {
namespace {

using testing::ElementsAre;
using Shape = std::vector<std::int64_t>;

const std::string kRecorded = std::string(SYNCLINE_SOURCE_DIR) + "/tests/data/kineto_small_cnn.json";

std::vector<std::string> names(const models::LayerProfile& profile) {
  std::vector<std::string> result;
  for (const models::MeasuredLayer& layer : profile.layers) result.push_back(layer.name);
  return result;
}

/// Half of so many microseconds: of two steps.
Time half(std::int64_t microseconds) { return Time::nanoseconds(500 * microseconds); }

TEST(Kineto, ARecordedTraceGivesEachLayerItsOwnBackward) {
  const KinetoTrace trace = read_kineto(kRecorded);
  const KinetoImport found = import_kineto(trace, kRecorded);
  EXPECT_EQ(found.steps, 2);
  EXPECT_FALSE(found.on_gpu);
  EXPECT_THAT(names(found.profile), ElementsAre("conv1", "pool1", "conv2", "pool2", "fc"));

  // In the order in which backward ran, the nodes' names tell whose they are: these two ran once in each step for each layer.
  std::map<std::string, std::vector<std::int64_t>> nodes;
  for (const KinetoEvent& event : trace.events) nodes[event.name].push_back(static_cast<std::int64_t>(event.length));
  const auto sum = [&](const std::string& node, std::size_t first, std::size_t count) {
    const std::vector<std::int64_t>& all = nodes.at("autograd::engine::evaluate_function: " + node);
    std::int64_t total = 0;
    for (const std::size_t step : {std::size_t{0}, all.size() / 2}) {
      for (std::size_t i = 0; i < count; ++i) total += all.at(step + first + i);
    }
    return total;
  };
  const std::string accumulate = "torch::autograd::AccumulateGrad";
  const std::string convolution = "ConvolutionBackward0", pool = "MaxPool2DWithIndicesBackward0", relu = "ReluBackward0";
  EXPECT_EQ(found.profile.layers[4].backward, half(sum("AddmmBackward0", 0, 1) + sum("TBackward0", 0, 1) +
                                                   sum("ReshapeAliasBackward0", 0, 1) + sum(accumulate, 0, 2)));
  EXPECT_EQ(found.profile.layers[3].backward, half(sum(pool, 0, 1) + sum(relu, 0, 1)));
  EXPECT_EQ(found.profile.layers[2].backward, half(sum(convolution, 0, 1) + sum(accumulate, 2, 2)));
  EXPECT_EQ(found.profile.layers[1].backward, half(sum(pool, 1, 1) + sum(relu, 1, 1)));
  EXPECT_EQ(found.profile.layers[0].backward, half(sum(convolution, 1, 1) + sum(accumulate, 4, 2)));

  const auto forward = [&](const std::string& name, std::size_t first) { return nodes.at(name).at(first); };
  // Of what else is in a layer's range, nothing takes a microsecond: an empty tensor that record_function makes.
  EXPECT_GE(found.profile.layers[0].forward, half(forward("aten::conv2d", 0) + forward("aten::conv2d", 2)));
  EXPECT_LE(found.profile.layers[0].forward, half(forward("conv1", 0) + forward("conv1", 1)));
  EXPECT_GT(found.profile.update, Time::zero());
  EXPECT_GT(found.outside, 0);
  EXPECT_EQ(found.longest_outside, "aten::cross_entropy_loss");
}

TEST(Kineto, ARecordedTraceTellsTheShapesOfParameters) {
  const KinetoImport found = import_kineto(read_kineto(kRecorded), kRecorded);
  std::int64_t parameters = 0;
  for (const models::MeasuredLayer& layer : found.profile.layers) {
    for (const Shape& shape : layer.parameters) {
      std::int64_t elements = 1;
      for (const std::int64_t extent : shape) elements *= extent;
      parameters += elements;
    }
  }
  EXPECT_EQ(parameters, 6 * 25 + 6 + 16 * 6 * 25 + 16 + 10 * 256 + 10);
  EXPECT_THAT(found.profile.layers[0].parameters, ElementsAre(Shape{6, 1, 5, 5}, Shape{6}));
  EXPECT_TRUE(found.profile.layers[1].parameters.empty());
  EXPECT_THAT(found.profile.layers[4].parameters, ElementsAre(Shape{10, 256}, Shape{10}));
}

std::string event(const std::string& cat, const std::string& name, int begin, int length, const std::string& args = "",
                  int thread = 1) {
  return fmt::format(R"({{"ph": "X", "cat": "{}", "name": "{}", "pid": 7, "tid": {}, "ts": {}, "dur": {}, "args": {{{}}}}})", cat,
                     name, thread, begin, length, args);
}

KinetoImport import_events(const std::vector<std::string>& events) {
  const std::string text =
      fmt::format(R"({{"deviceProperties": [{{"name": "a GPU"}}], "traceEvents": [{}]}})", fmt::join(events, ", "));
  return import_kineto(parse_kineto(text, "t.json"), "t.json");
}

/// A step of two layers on a GPU: the CPU is done long before, and backward runs on a thread of its own.
std::vector<std::string> gpu_step() {
  const std::string node = "autograd::engine::evaluate_function: ";
  return {
      event("user_annotation", "ProfilerStep#5", 0, 1000),
      event("user_annotation", "low", 10, 20),
      event("cpu_op", "aten::linear", 11, 18, R"("External id": 1, "Sequence number": 40)"),
      event("cpu_op", "aten::addmm", 12, 10, R"("External id": 2, "Sequence number": 40)"),
      event("cuda_runtime", "cudaLaunchKernel", 13, 2, R"("correlation": 100)"),
      event("user_annotation", "high", 40, 20),
      event("cpu_op", "aten::relu", 41, 4, R"("External id": 3, "Sequence number": 41)"),
      event("cpu_op", "aten::mse_loss", 70, 4, R"("External id": 4, "Sequence number": 42)"),
      event("cpu_op", node + "MseLossBackward0", 100, 5, R"("External id": 5, "Sequence number": 42)", 2),
      event("cpu_op", node + "ReluBackward0", 110, 5, R"("External id": 6, "Sequence number": 41)", 2),
      event("cpu_op", node + "AddmmBackward0", 120, 8, R"("External id": 7, "Sequence number": 40)", 2),
      event("cpu_op", "aten::mm", 121, 3, R"("External id": 8)", 2),
      event("cuda_runtime", "cudaLaunchKernel", 122, 1, R"("correlation": 101)", 2),
      event("cpu_op", node + "torch::autograd::AccumulateGrad", 130, 5, R"("External id": 9)", 2),
      event("user_annotation", "Optimizer.step#SGD.step", 200, 20),
      event("cpu_op", "aten::add_", 201, 3, R"("External id": 10)"),
      // On the GPU's clock, at other times; each by its correlation, or its external id where there is no launch.
      event("kernel", "gemm", 2000, 300, R"("correlation": 100, "External id": 999)", 70),
      event("kernel", "relu", 2300, 50, R"("External id": 3)", 70),
      event("kernel", "mse", 2350, 7, R"("External id": 4)", 70),
      event("kernel", "mse backward", 2360, 9, R"("External id": 5)", 70),
      event("kernel", "relu backward", 2370, 60, R"("External id": 6)", 70),
      event("kernel", "gemm backward", 2450, 500, R"("correlation": 101)", 70),
      event("gpu_memset", "Memset", 2950, 20, R"("External id": 9)", 70),
      event("kernel", "add", 2980, 11, R"("External id": 10)", 70),
  };
}

TEST(Kineto, KernelsBelongToWhoLaunchedThem) {
  const KinetoImport found = import_events(gpu_step());
  EXPECT_TRUE(found.on_gpu);
  EXPECT_THAT(names(found.profile), ElementsAre("low", "high"));
  EXPECT_EQ(found.profile.layers[0].forward, Time::microseconds(300));
  EXPECT_EQ(found.profile.layers[1].forward, Time::microseconds(50));
  EXPECT_EQ(found.profile.layers[1].backward, Time::microseconds(60));
  EXPECT_EQ(found.profile.layers[0].backward, Time::microseconds(520));  // the gradient that is added up, too
  EXPECT_EQ(found.profile.update, Time::microseconds(11));
  EXPECT_DOUBLE_EQ(found.outside, 16e-6);
  EXPECT_EQ(found.longest_outside, "mse backward");
  EXPECT_EQ(found.kernels_without_op, 0u);
}

TEST(Kineto, AKernelThatNobodyLaunchedIsCountedAndOutside) {
  std::vector<std::string> events = gpu_step();
  events.push_back(event("kernel", "stray", 500, 1000, R"("External id": 12345)", 70));
  const KinetoImport found = import_events(events);
  EXPECT_EQ(found.kernels_without_op, 1u);
  EXPECT_DOUBLE_EQ(found.outside, 1016e-6);
}

TEST(Kineto, TimesAreMeansOverTheStepsAndWhatIsNotInOneIsLeftOut) {
  const KinetoImport found = import_events({
      event("user_annotation", "low", 0, 10),
      event("cpu_op", "aten::linear", 1, 8),
      event("user_annotation", "ProfilerStep#1", 100, 50),
      event("user_annotation", "low", 100, 10),
      event("cpu_op", "aten::linear", 101, 4),
      event("user_annotation", "ProfilerStep#2", 150, 50),
      event("user_annotation", "low", 150, 10),
      event("cpu_op", "aten::linear", 151, 6),
  });
  EXPECT_EQ(found.steps, 2);
  EXPECT_EQ(found.profile.layers.at(0).forward, Time::microseconds(5));
}

TEST(Kineto, TheInnermostNameCountsAndModulesStandInForNames) {
  EXPECT_THAT(names(import_events({event("user_annotation", "block", 0, 50), event("user_annotation", "inner", 10, 10),
                                   event("cpu_op", "aten::relu", 12, 3), event("cpu_op", "aten::add", 30, 3)})
                        .profile),
              ElementsAre("inner", "block"));
  EXPECT_THAT(
      names(import_events(
                {event("python_function", "nn.Module: Net_0", 0, 50), event("python_function", "nn.Module: Linear_1", 10, 10),
                 event("python_function", "torch/nn/functional.py(3): f", 11, 8), event("cpu_op", "aten::linear", 12, 3)})
                .profile),
      ElementsAre("nn.Module: Linear_1"));
  // An annotation of all of forward, and one of the update; and two that are layers.
  std::vector<std::string> modules = {
      event("python_function", "nn.Module: Linear_1", 1, 10), event("cpu_op", "aten::linear", 2, 3),
      event("python_function", "nn.Module: ReLU_2", 20, 10),  event("cpu_op", "aten::relu", 22, 3),
      event("python_function", "nn.Module: Loss_3", 40, 5),   event("cpu_op", "aten::nll_loss", 41, 3)};
  std::vector<std::string> phases = modules, layers = modules;
  phases.push_back(event("user_annotation", "## forward ##", 0, 50));
  phases.push_back(event("user_annotation", "## optimizer ##", 60, 20));
  phases.push_back(event("user_annotation", "Optimizer.step#SGD.step", 61, 15));
  phases.push_back(event("cpu_op", "aten::add_", 62, 3));
  EXPECT_THAT(names(import_events(phases).profile), ElementsAre("nn.Module: Linear_1", "nn.Module: ReLU_2", "nn.Module: Loss_3"));
  layers.push_back(event("user_annotation", "fc", 0, 15));
  layers.push_back(event("user_annotation", "relu", 18, 15));
  EXPECT_THAT(names(import_events(layers).profile), ElementsAre("fc", "relu"));
}

std::string complaint(const std::string& text) {
  try {
    import_kineto(parse_kineto(text, "t.json"), "t.json");
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Kineto, WhatIsNoTraceIsRefused) {
  const auto with = [](const std::string& one) { return "{\"traceEvents\": [{}, " + one + "]}"; };
  EXPECT_EQ(complaint("{\"traceEvents\": [{\"ph\""), "t.json: is not JSON, or cut off: at byte 23");
  EXPECT_EQ(complaint(""), "t.json: is not JSON, or cut off: at byte 1");
  EXPECT_EQ(complaint("3"), "t.json: is not a trace of PyTorch's profiler: it must be an object");
  EXPECT_EQ(complaint("{}"), "t.json: is not a trace of PyTorch's profiler: it has no list traceEvents");
  EXPECT_EQ(complaint("{\"traceEvents\": 3}"), "t.json: is not a trace of PyTorch's profiler: it has no list traceEvents");
  EXPECT_EQ(complaint("[]"),
            "t.json: is a list of events: the profiler of a PyTorch that was built without Kineto, which tells no categories");
  EXPECT_EQ(complaint(with("3")), "t.json: traceEvents[1]: must be an object");
  EXPECT_EQ(complaint(with(event("cpu_op", "a", 0, -1))), "t.json: traceEvents[1]: dur must be from 0 to 10^12 microseconds");
  EXPECT_EQ(complaint(with(R"({"ph": "X", "cat": "cpu_op", "ts": "0", "dur": 1})")),
            "t.json: traceEvents[1]: ts must be a number of microseconds");
  EXPECT_EQ(complaint(with(R"({"ph": "X", "cat": "cpu_op", "ts": 0})")),
            "t.json: traceEvents[1]: dur must be a number of microseconds");
  EXPECT_EQ(complaint(with(event("cpu_op", "aten::relu", 0, 5))),
            "t.json: names no layers: give each one a torch.profiler.record_function, or record with with_stack = True");
  EXPECT_EQ(complaint(with(event("user_annotation", "low", 0, 5) + ", " +
                           R"({"ph": "X", "cat": "cpu_op", "name": "a", "pid": 7, "tid": 1, "ts": 1, "dur": 1e12})")),
            "t.json: has steps of more than 10^6 s");
  EXPECT_EQ(complaint(with(event("user_annotation", "low", 0, 5) + ", " + event("cpu_op", "aten::relu", 1, 0))),
            "t.json: has no work that belongs to a layer");
}

// Two updates, and nothing that tells one step from the other: each layer would take twice what it does.
TEST(Kineto, SeveralStepsMustBeMarked) {
  const auto step = [](int begin) {
    return event("user_annotation", "fc", begin, 10) + ", " + event("cpu_op", "aten::addmm", begin + 1, 5) + ", " +
           event("user_annotation", "Optimizer.step#SGD.step", begin + 20, 5);
  };
  EXPECT_EQ(complaint("{\"traceEvents\": [" + step(0) + ", " + step(100) + "]}"),
            "t.json: 2 steps of an optimiser, and no ProfilerStep#N: call the profiler's step() after each");
  EXPECT_EQ(complaint("{\"traceEvents\": [" + step(0) + "]}"), "");
}

// Gloo's mark begins within one node of backward and ends within the next one, which is the other layer's all the same.
TEST(Kineto, ACollectiveThatGoesOnHidesNothing) {
  const auto op = [](const std::string& name, int begin, int length, int sequence) {
    return event("cpu_op", name, begin, length, fmt::format(R"("Sequence number": {})", sequence));
  };
  const std::string node = "autograd::engine::evaluate_function: AddmmBackward0";
  const KinetoImport found =
      import_events({event("user_annotation", "a", 0, 20), op("aten::addmm", 1, 10, 0), event("user_annotation", "b", 30, 20),
                     op("aten::addmm", 31, 10, 1), op(node, 100, 20, 1), event("user_annotation", "gloo:all_reduce", 110, 20),
                     op(node, 125, 40, 0)});
  EXPECT_EQ(found.profile.layers.at(1).backward, Time::microseconds(20));
  EXPECT_EQ(found.profile.layers.at(0).backward, Time::microseconds(40));
}

// Whatever is in arguments, nothing worse than being left out happens.
TEST(Kineto, ArgumentsOfOtherTypesAreLeftOut) {
  const KinetoTrace trace = parse_kineto(
      "{\"traceEvents\": [" +
          event("cpu_op", "a", 0, 1, R"("External id": "x", "Sequence number": 18446744073709551615, "Input Dims": [[1], "y"])") +
          "]}",
      "t.json");
  ASSERT_EQ(trace.events.size(), 1u);
  EXPECT_FALSE(trace.events[0].external_id || trace.events[0].sequence);
  EXPECT_TRUE(trace.events[0].inputs.empty());
}

// What DistributedDataParallel marks hides no layers, and its all-reduces are nobody's backward.
TEST(Kineto, ADistributedModelsLayersAreItsOwn) {
  const auto op = [](const std::string& name, int begin, int length, int id, int sequence, int thread = 1) {
    return event("cpu_op", name, begin, length, fmt::format(R"("External id": {}, "Sequence number": {})", id, sequence), thread);
  };
  const auto kernel = [](const std::string& name, int begin, int length, int id) {
    return event("kernel", name, begin, length, fmt::format(R"("External id": {})", id), 9);
  };
  const std::string node = "autograd::engine::evaluate_function: AddmmBackward0";
  const KinetoImport found = import_events({
      event("user_annotation", "DistributedDataParallel.forward", 0, 100),
      event("python_function", "nn.Module: Linear_0", 10, 20),
      op("aten::addmm", 11, 10, 1, 0),
      event("python_function", "nn.Module: Linear_1", 40, 20),
      op("aten::addmm", 41, 10, 2, 1),
      op(node, 200, 20, 3, 1, 2),
      op(node, 230, 40, 4, 0, 2),
      event("user_annotation", "nccl:all_reduce", 250, 5, "", 2),
      op("c10d::allreduce_", 251, 3, 5, 7, 2),
      kernel("gemm", 12, 100, 1),
      kernel("gemm", 120, 100, 2),
      kernel("gemm", 230, 200, 3),
      kernel("gemm", 430, 200, 4),
      kernel("ncclDevKernel_AllReduce_Sum_f32_RING_LL(ncclDevKernelArgsStorage<4096ul>)", 440, 5000, 5),
  });
  EXPECT_THAT(names(found.profile), ElementsAre("nn.Module: Linear_0", "nn.Module: Linear_1"));
  for (const models::MeasuredLayer& layer : found.profile.layers) {
    EXPECT_EQ(layer.forward, Time::microseconds(100));
    EXPECT_EQ(layer.backward, Time::microseconds(200));
  }
  EXPECT_NEAR(found.outside, 0.005, 1e-9);
}

}  // namespace
}  // namespace syncline::tools
