#include "kernels/layer_norm/layer_norm.h"

#include "tests/kernels/norm_cases.h"

namespace syncline::kernels {
namespace {

Norm layer_norm(const LayerNormShape& shape, int batch) {
  const std::int64_t places = std::int64_t{shape.positions} * batch;
  return {shape.features * places,
          places,
          shape.features,
          static_cast<double>(shape.epsilon),
          [places](std::int64_t i) { return static_cast<std::size_t>(i % places); },
          [places](std::int64_t i) { return static_cast<std::size_t>(i / places); },
          [shape](const auto& device, const auto&... arguments) { layer_norm_forward(device, shape, arguments...); },
          [shape](const auto& device, const auto&... arguments) { layer_norm_backward(device, shape, arguments...); }};
}

class LayerNorm : public AgainstReference {};

// Features around the chunks of their sums, places around a GPU's warp and a processor's tile.
TEST_P(LayerNorm, IsWhatTheReferenceSays) {
  for_seeds(60, [](const Device& reference, const Device& device, RandomCase& random) {
    const Replicas replicas{one_of(random, {1, 2, 3, 5}), one_of(random, {1, 4, 7, 31, 32, 33})};
    const LayerNormShape shape{one_of(random, {1, 2, 15, 16, 17, 31, 33, 97}), one_of(random, {1, 3, 8, 11})};
    compare_norm(reference, device, random, layer_norm(shape, replicas.batch), replicas, random.kind());
  });
}

TEST_P(LayerNorm, OfManyFeaturesIsWhatTheReferenceSays) {
  for_seeds(4, [](const Device& reference, const Device& device, RandomCase& random) {
    const Replicas replicas{2, one_of(random, {5, 32, 33})};
    compare_norm(reference, device, random, layer_norm({one_of(random, {768, 797}), 2}, replicas.batch), replicas,
                 Values::normal);
  });
}

// Places of several blocks of a sum.
TEST_P(LayerNorm, OfManyPositionsIsWhatTheReferenceSays) {
  for_seeds(3, [](const Device& reference, const Device& device, RandomCase& random) {
    const Replicas replicas{2, one_of(random, {31, 32})};
    compare_norm(reference, device, random, layer_norm({3, one_of(random, {256, 531})}, replicas.batch), replicas,
                 Values::normal);
  });
}

INSTANTIATE_TEST_SUITE_P(Backends, LayerNorm, testing::Values(Backend::cpu, Backend::cuda), backend_label);

// Far from 0 as well, where a variance from the squares of x would have lost all its digits.
TEST(LayerNormReference, IsTheFormula) {
  for (const std::uint64_t seed : seeds(20)) {
    SCOPED_TRACE("SYNCLINE_TEST_SEED=" + std::to_string(seed));
    RandomCase random(seed);
    const Replicas replicas{2, one_of(random, {1, 4, 33})};
    const LayerNormShape shape{one_of(random, {1, 3, 16, 97, 300}), one_of(random, {1, 3})};
    for (const float offset : {0.0F, -3.0F, 1e5F}) {
      check_norm_forward(random, layer_norm(shape, replicas.batch), replicas, offset);
    }
  }
}

TEST(LayerNormReference, HasTheGradientsOfTheFormula) {
  for (const std::uint64_t seed : seeds(20)) {
    SCOPED_TRACE("SYNCLINE_TEST_SEED=" + std::to_string(seed));
    RandomCase random(seed);
    const int batch = one_of(random, {1, 2});
    check_norm_gradients(random, layer_norm({one_of(random, {1, 2, 7, 17}), one_of(random, {1, 3}), 0.1F}, batch), {1, batch});
  }
}

// Sample 0 has features 1 and 3, of mean 2 and variance 1; sample 1 has 5 and 5.
TEST(LayerNormReference, APositionHasAMeanAndAScale) {
  const std::vector<float> x{1, 5, 3, 5}, weight{2, 3}, bias{10, 20};  // [feature][sample]
  for (const Backend backend : {Backend::reference, Backend::cpu}) {
    std::vector<float> y(4), mean(2), scale(2);
    layer_norm_forward(Device::open(backend), {2, 1, 3.0F}, {1, 2}, {x.data(), 0}, {weight.data(), 0}, {bias.data(), 0},
                       {y.data(), 0}, {mean.data(), 0}, {scale.data(), 0});
    EXPECT_EQ(mean, (std::vector<float>{2, 5}));
    EXPECT_EQ(scale, (std::vector<float>{0.5F, 1 / std::sqrt(3.0F)}));
    EXPECT_EQ(y, (std::vector<float>{9, 10, 21.5F, 20}));
  }
}

}  // namespace
}  // namespace syncline::kernels
