// Training on a GPU gives what training on the processor gives, but for the order of sums.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/data/synthetic.h"
#include "models/training/trajectory.h"
#include "sim/random.h"

namespace syncline::models {
namespace {

constexpr int kWorkers = 5, kBatch = 8, kSteps = 4;

Trajectory train_on(kernels::Backend backend, const std::string& network, int size) {
  DatasetRequest request;
  request.synthetic = {.channels = 1, .height = size, .width = size, .classes = 10, .train = 512, .test = 83};
  const Dataset data = dataset("synthetic").load(request);
  const Dnn dnn = model(network).make({1, size, size, 10});
  sim::RandomStream random(1, "shards");
  TrainingSetup setup;
  setup.dnn = &dnn;
  setup.data = &data;
  setup.shards = iid_shards(data.train.count, kWorkers, random);
  setup.batch = kBatch;
  setup.samples = kWorkers * kBatch * kSteps;
  setup.evaluate_every = kSteps;
  setup.optimizer.learning_rate.base = 0.05;
  setup.optimizer.momentum = 0.9;
  setup.optimizer.weight_decay = 1e-4;
  MethodSetting setting;
  setting.label = "s-sgd";
  setting.row = &method_row("s-sgd");
  setting.parameters = Parameters(setting.row->parameters);
  setting.where = {"test.toml", 1, "method"};
  return train(setup, setting, kernels::Device::open(backend, 2));
}

class OnTheGpu : public testing::TestWithParam<std::pair<const char*, int>> {};

// Sums have up to 576 terms, so that one layer's rounding is at most 576 * 2^-24 = 3.4e-5 of the terms' magnitude, typically a
// twenty-fourth of it; ten layers on each other, to and fro, in four steps of a twentieth of the gradient, stay within 1e-4.
TEST_P(OnTheGpu, TrainsAsOnTheProcessor) {
  const std::vector<kernels::Backend> backends = kernels::available_backends();
  if (std::find(backends.begin(), backends.end(), kernels::Backend::cuda) == backends.end()) {
    GTEST_SKIP() << "backend cuda does not work here";
  }
  const auto [network, size] = GetParam();
  const Trajectory gpu = train_on(kernels::Backend::cuda, network, size), cpu = train_on(kernels::Backend::cpu, network, size);
  ASSERT_EQ(gpu.loss.size(), static_cast<std::size_t>(kSteps));
  ASSERT_EQ(cpu.loss.size(), gpu.loss.size());
  for (std::size_t step = 0; step < gpu.loss.size(); ++step) {
    EXPECT_NEAR(gpu.loss[step], cpu.loss[step], 1e-4 * cpu.loss[step]) << "step " << step;
  }
  EXPECT_NE(cpu.loss.front(), cpu.loss.back());
  ASSERT_EQ(gpu.evaluations.size(), 1U);
  EXPECT_NEAR(gpu.evaluations[0].loss, cpu.evaluations.at(0).loss, 1e-4 * cpu.evaluations[0].loss);
  EXPECT_NEAR(gpu.evaluations[0].accuracy, cpu.evaluations[0].accuracy, 1.01 / 83);  // one sample may be on the edge
}

INSTANTIATE_TEST_SUITE_P(Networks, OnTheGpu,
                         testing::Values(std::pair("mlp", 8), std::pair("lenet", 12), std::pair("resnet8", 8)),
                         [](const auto& network) { return std::string(network.param.first); });

}  // namespace
}  // namespace syncline::models
