// Replicas that take turns compute what they compute side by side.
#include "models/dnn/grouped_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "models/dnn/initial_weights.h"
#include "sim/random.h"

namespace syncline::models {
namespace {

using kernels::Buffer;

constexpr int kReplicas = 7, kBatch = 4, kSize = 8;

struct Result {
  std::vector<float> losses;          // [replica]
  std::vector<std::int32_t> correct;  // [replica]
  std::vector<float> gradients;       // [replica][parameter], of the second of two steps
};

Dnn small_net() { return model("mlp").make({1, kSize, kSize, 10}); }

/// Two steps, each of a forward and a backward pass; `before` is called when all else that needs memory has it.
template <class Before>
Result run(const kernels::Device& device, GroupedNetwork& network, bool shares_weights, const Before& before) {
  const Dnn& dnn = network.dnn();
  const std::int64_t n = dnn.parameter_count(), floats = dnn.features() * kBatch;
  const std::int64_t copies = shares_weights ? 1 : kReplicas;
  sim::RandomStream random(5, "grouped");
  std::vector<float> weights, x(static_cast<std::size_t>(floats * kReplicas));
  for (std::int64_t copy = 0; copy < copies; ++copy) {
    const std::vector<float> own = initial_weights(dnn, random);
    weights.insert(weights.end(), own.begin(), own.end());
  }
  std::vector<std::uint8_t> labels(kReplicas * kBatch);
  for (std::uint8_t& label : labels) label = static_cast<std::uint8_t>(random.below(10));
  Buffer<float> on_w(device, weights.size()), on_x(device, x.size()), losses(device, kReplicas);
  Buffer<float> gradients(device, static_cast<std::size_t>(kReplicas * n));
  Buffer<std::uint8_t> on_labels(device, labels.size());
  Buffer<std::int32_t> correct(device, kReplicas);
  on_w.upload(weights);
  on_labels.upload(labels);
  before();
  const kernels::Strided<const float> w{on_w.data(), shares_weights ? 0 : n};
  for (int step = 0; step < 2; ++step) {
    for (float& value : x) value = static_cast<float>(random.normal());
    on_x.upload(x);
    gradients.fill(NAN);
    network.forward({kBatch, {on_x.data(), floats}, on_labels.data()}, w, losses.data(), correct.data());
    for (int layer = static_cast<int>(dnn.layers.size()) - 1; layer >= 0; --layer) {
      network.backward(layer, w, {gradients.data(), n});
    }
  }
  return {losses.download(), correct.download(), gradients.download()};
}

class GroupedNetworks : public testing::TestWithParam<int> {};

TEST_P(GroupedNetworks, ComputeWhatAllAtOnceCompute) {
  const kernels::Device device = kernels::Device::open(kernels::Backend::cpu, 2);
  for (const bool shares_weights : {false, true}) {
    GroupedNetwork all(device, small_net(), {kReplicas, kBatch}), some(device, small_net(), {kReplicas, kBatch}, GetParam());
    const Result expected = run(device, all, shares_weights, [] {}), actual = run(device, some, shares_weights, [] {});
    EXPECT_EQ(all.at_once(), kReplicas);
    EXPECT_EQ(some.at_once(), GetParam());
    EXPECT_EQ(actual.losses, expected.losses);
    EXPECT_EQ(actual.correct, expected.correct);
    EXPECT_EQ(actual.gradients, expected.gradients);
    EXPECT_TRUE(std::ranges::all_of(expected.gradients, [](float g) { return std::isfinite(g); }));
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, GroupedNetworks, testing::Values(1, 2, 3, 6, 7));

/// On the emulated GPU, whose memory can be made as small as one likes.
TEST(GroupedNetwork, HalvesItsGroupsUntilTheyFit) {
  const std::vector<kernels::Backend> backends = kernels::available_backends();
  if (std::find(backends.begin(), backends.end(), kernels::Backend::cuda) == backends.end() ||
      kernels::Device::open(kernels::Backend::cuda).description() != "cuda: emulated") {
    GTEST_SKIP() << "no emulated GPU here";
  }
  const kernels::Device device = kernels::Device::open(kernels::Backend::cuda);
  const auto all_at_once = [&] {
    GroupedNetwork network(device, small_net(), {kReplicas, kBatch});
    return run(device, network, false, [] {});
  };
  const Result expected = all_at_once();
  GroupedNetwork some(device, small_net(), {kReplicas, kBatch});
  // Beside what `run` holds, room for the activations and gradients of two replicas, or three.
  const auto bytes = [](std::int64_t floats) { return std::to_string(4 * floats); };
  const Dnn dnn = small_net();
  const std::int64_t held = kReplicas * (2 * dnn.parameter_count() + dnn.features() * kBatch);
  std::int64_t activations = 0;
  for (const Layer& layer : dnn.layers) activations += layer.out_features * kBatch;
  const Result actual =
      run(device, some, false, [&] { setenv("SYNCLINE_EMULATED_GPU_BYTES", bytes(held + 6 * activations + 2000).c_str(), 1); });
  unsetenv("SYNCLINE_EMULATED_GPU_BYTES");
  EXPECT_LT(some.at_once(), kReplicas);
  EXPECT_GE(some.at_once(), 1);
  EXPECT_EQ(actual.losses, expected.losses);
  EXPECT_EQ(actual.gradients, expected.gradients);
}

}  // namespace
}  // namespace syncline::models
