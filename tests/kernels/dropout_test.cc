#include "kernels/dropout/dropout.h"

#include <numeric>

#include "kernels/random.h"
#include "tests/kernels/backend_cases.h"

namespace syncline::kernels {
namespace {

using Floats = std::vector<float>;
using Bytes = std::vector<std::uint8_t>;

struct Dropped {
  Floats y;
  Bytes mask;
  Floats dx;
};

struct Case {
  Replicas replicas;
  float probability;
  DropoutKey key;
  bool in_place = false;
};

/// With the gaps between rows. In place, x and dy are overwritten.
Dropped drop(const Device& device, const Case& of, const std::vector<Floats>& x, const std::vector<Floats>& dy) {
  const auto n = static_cast<std::int64_t>(x[0].size()), features = n / of.replicas.batch;
  const int count = of.replicas.count;
  Rows<float> from(device, x), gradient(device, dy), y(device, count, n, -77.0F), dx(device, count, n, -77.0F);
  Rows<std::uint8_t> mask(device, count, n, 77);
  Rows<float>&to = of.in_place ? from : y, &back = of.in_place ? gradient : dx;
  dropout_forward(device, features, of.replicas, of.probability, of.key, from.read(), to.all(), mask.all());
  dropout_backward(device, features, of.replicas, of.probability, mask.read(), gradient.read(), back.all());
  return {to.host(), mask.host(), back.host()};
}

class Dropout : public AgainstReference {};

TEST_P(Dropout, IsWhatTheReferenceSays) {
  for_seeds(80, [](const Device& reference, const Device& device, RandomCase& random) {
    static constexpr float kProbabilities[] = {0, 0.1F, 0.25F, 0.5F, 0.999F};
    static constexpr int kBatches[] = {1, 4, 7, 31, 32, 33};
    const int batch = kBatches[random.below(std::size(kBatches))];
    const Case of{{1 + static_cast<int>(random.below(5)), batch},
                  kProbabilities[random.below(std::size(kProbabilities))],
                  {static_cast<std::uint64_t>(random.below(std::int64_t{1} << 62)), static_cast<std::uint32_t>(random.below(3))},
                  random.below(2) == 0};
    const std::int64_t n = random.length() * batch;
    const auto x = random.rows(of.replicas.count, n, random.kind()), dy = random.rows(of.replicas.count, n, random.kind());
    const Dropped actual = drop(device, of, x, dy), expected = drop(reference, of, x, dy);
    expect_same(actual.y, expected.y, "y");
    expect_same(actual.mask, expected.mask, "mask");
    expect_same(actual.dx, expected.dx, "dx");
  });
}

INSTANTIATE_TEST_SUITE_P(Backends, Dropout, testing::Values(Backend::cpu, Backend::cuda), backend_label);

TEST(DropoutReference, KeepsWhatItsRandomNumbersSay) {
  constexpr int kFeatures = 100, kBatch = 5;
  const Case of{{2, kBatch}, 0.25F, {9, 4}};
  RandomCase random(1);
  const auto x = random.rows(2, kFeatures * kBatch, Values::special), dy = random.rows(2, kFeatures * kBatch, Values::special);
  const Dropped dropped = drop(Device::open(Backend::reference), of, x, dy);
  const std::size_t stride = dropped.y.size() / 2;
  for (std::uint32_t r = 0; r < 2; ++r) {
    for (std::size_t i = 0; i < x[r].size(); ++i) {
      const bool kept = uniform_bits(9, 4 + r, i) >= 0x40000000U;  // a quarter of all words is below
      const std::size_t at = r * stride + i;
      ASSERT_EQ(dropped.mask[at], kept ? 1 : 0) << i;
      ASSERT_TRUE(same(dropped.y[at], kept ? x[r][i] * (1 / 0.75F) : 0.0F)) << i;
      ASSERT_TRUE(same(dropped.dx[at], kept ? dy[r][i] * (1 / 0.75F) : 0.0F)) << i;
    }
  }
}

// A binomial count is within 5 standard deviations of its mean, but for one case in a million.
TEST(DropoutReference, DropsTheShareItIsAskedTo) {
  constexpr int kElements = 100000;
  for (const float probability : {0.0F, 0.1F, 0.5F, 0.9F}) {
    Bytes mask(kElements);
    const Floats x(kElements, 1.0F);
    Floats y(kElements);
    dropout_forward(Device::open(Backend::reference), kElements, {1, 1}, probability, {17}, {x.data(), 0}, {y.data(), 0},
                    {mask.data(), 0});
    const double kept = std::accumulate(mask.begin(), mask.end(), 0.0);
    EXPECT_NEAR(kept, kElements * (1.0 - probability), 5 * std::sqrt(kElements * probability * (1.0 - probability)));
  }
}

// Two workers with a replica each, and one with both.
TEST(DropoutReference, AReplicaDrawsTheSameWhereverItIs) {
  RandomCase random(2);
  const auto x = random.rows(2, 300, Values::normal);
  const Device device = Device::open(Backend::cpu);
  const Dropped both = drop(device, {{2, 3}, 0.5F, {5, 0}}, x, x), second = drop(device, {{1, 3}, 0.5F, {5, 1}}, {x[1]}, {x[1]});
  EXPECT_EQ(Bytes(both.mask.end() - static_cast<std::ptrdiff_t>(second.mask.size()), both.mask.end()), second.mask);
  EXPECT_NE(drop(device, {{1, 3}, 0.5F, {6, 1}}, {x[1]}, {x[1]}).mask, second.mask);
}

TEST(DropoutProbability, MustMakeSense) {
  const Device device = Device::open(Backend::cpu);
  for (const float probability : {-0.1F, 1.0F, std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_THROW(dropout_forward(device, 1, {1, 1}, probability, {1}, {}, {}, {}), KernelError) << probability;
    EXPECT_THROW(dropout_backward(device, 1, {1, 1}, probability, {}, {}, {}), KernelError) << probability;
  }
}

}  // namespace
}  // namespace syncline::kernels
