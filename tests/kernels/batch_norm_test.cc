#include "kernels/batch_norm/batch_norm.h"

#include "tests/kernels/norm_cases.h"

namespace syncline::kernels {
namespace {

Norm batch_norm(const BatchNormShape& shape, int batch) {
  const std::int64_t n = std::int64_t{shape.pixels} * batch;
  const auto channel_of = [n](std::int64_t i) { return static_cast<std::size_t>(i / n); };
  return {shape.channels * n,
          shape.channels,
          shape.channels,
          static_cast<double>(shape.epsilon),
          channel_of,
          channel_of,
          [shape](const auto& device, const auto&... arguments) { batch_norm_forward(device, shape, arguments...); },
          [shape](const auto& device, const auto&... arguments) { batch_norm_backward(device, shape, arguments...); }};
}

class BatchNorm : public AgainstReference {};

TEST_P(BatchNorm, IsWhatTheReferenceSays) {
  for_seeds(60, [](const Device& reference, const Device& device, RandomCase& random) {
    const Replicas replicas{one_of(random, {1, 2, 3, 5}), one_of(random, {1, 4, 7, 31, 32, 33})};
    const BatchNormShape shape{one_of(random, {1, 2, 7, 8}), one_of(random, {1, 4, 31, 32, 33, 49})};
    compare_norm(reference, device, random, batch_norm(shape, replicas.batch), replicas, random.kind());
  });
}

// Channels of several blocks of a sum, and with whole and broken lanes in the last.
TEST_P(BatchNorm, LongChannelsAreWhatTheReferenceSays) {
  for_seeds(6, [](const Device& reference, const Device& device, RandomCase& random) {
    const Replicas replicas{one_of(random, {1, 2}), one_of(random, {31, 32, 64})};
    const BatchNormShape shape{one_of(random, {1, 3}), one_of(random, {256, 260, 512, 787})};
    compare_norm(reference, device, random, batch_norm(shape, replicas.batch), replicas, Values::normal);
  });
}

// More blocks than lanes.
TEST_P(BatchNorm, VeryLongChannelsAreWhatTheReferenceSays) {
  for_seeds(1, [](const Device& reference, const Device& device, RandomCase& random) {
    const BatchNormShape shape{1, 256 * 256 + 13};
    compare_norm(reference, device, random, batch_norm(shape, 33), {1, 33}, Values::normal);
  });
}

INSTANTIATE_TEST_SUITE_P(Backends, BatchNorm, testing::Values(Backend::cpu, Backend::cuda), backend_label);

// Far from 0 as well, where a variance from the squares of x would have lost all its digits.
TEST(BatchNormReference, IsTheFormula) {
  for (const std::uint64_t seed : seeds(20)) {
    SCOPED_TRACE("SYNCLINE_TEST_SEED=" + std::to_string(seed));
    RandomCase random(seed);
    const Replicas replicas{2, one_of(random, {1, 4, 33})};
    const BatchNormShape shape{one_of(random, {1, 3}), one_of(random, {1, 7, 300})};
    for (const float offset : {0.0F, -3.0F, 1e5F}) {
      check_norm_forward(random, batch_norm(shape, replicas.batch), replicas, offset);
    }
  }
}

TEST(BatchNormReference, HasTheGradientsOfTheFormula) {
  for (const std::uint64_t seed : seeds(20)) {
    SCOPED_TRACE("SYNCLINE_TEST_SEED=" + std::to_string(seed));
    RandomCase random(seed);
    const int batch = one_of(random, {1, 4, 5});
    check_norm_gradients(random, batch_norm({2, one_of(random, {1, 2, 7}), 0.1F}, batch), {1, batch});
  }
}

// 1 and 3 have mean 2 and variance 1; 5 and 5 have variance 0.
TEST(BatchNormReference, AChannelHasAMeanAndAScale) {
  const std::vector<float> x{1, 3, 5, 5}, weight{2, 3}, bias{10, 20};
  for (const Backend backend : {Backend::reference, Backend::cpu}) {
    std::vector<float> y(4), mean(2), scale(2);
    batch_norm_forward(Device::open(backend), {2, 1, 3.0F}, {1, 2}, {x.data(), 0}, {weight.data(), 0}, {bias.data(), 0},
                       {y.data(), 0}, {mean.data(), 0}, {scale.data(), 0});
    EXPECT_EQ(mean, (std::vector<float>{2, 5}));
    EXPECT_EQ(scale, (std::vector<float>{0.5F, 1 / std::sqrt(3.0F)}));
    EXPECT_EQ(y, (std::vector<float>{9, 11, 20, 20}));
  }
}

TEST(BatchNormReference, WhatIsNotFiniteMakesAChannelNan) {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> x{infinity, 1, 2, -infinity, 3, nan, 4, 5}, ones(4, 1.0F);  // the last channel is finite
  for (const Backend backend : {Backend::reference, Backend::cpu}) {
    std::vector<float> y(8), mean(4), scale(4);
    batch_norm_forward(Device::open(backend), {4, 2}, {1, 1}, {x.data(), 0}, {ones.data(), 0}, {ones.data(), 0}, {y.data(), 0},
                       {mean.data(), 0}, {scale.data(), 0});
    for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(std::isnan(y[i]), i < 6) << i;
    for (std::size_t c = 0; c < 4; ++c) EXPECT_EQ(std::isnan(scale[c]), c < 3) << c;
  }
}

}  // namespace
}  // namespace syncline::kernels
