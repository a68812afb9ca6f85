#include "kernels/qsgd/qsgd.h"

#include "tests/kernels/backend_cases.h"

namespace syncline::kernels {
namespace {

using Floats = std::vector<float>;

struct Encoded {
  Rows<float> norms;
  Rows<std::uint32_t> codes;
};

Encoded encode(const Device& device, const QsgdShape& shape, const std::vector<Floats>& x, std::uint64_t key) {
  const int count = static_cast<int>(x.size());
  Encoded sent{Rows<float>(device, count, qsgd_norms(shape)), Rows<std::uint32_t>(device, count, qsgd_words(shape))};
  qsgd_encode(device, count, shape, Rows<float>(device, x).read(), key, sent.norms.all(), sent.codes.all());
  return sent;
}

Floats mean(const Device& device, int count, const QsgdShape& shape, const Encoded& sent) {
  Rows<float> out(device, 1, shape.n);
  qsgd_mean(device, count, shape, sent.norms.read(), sent.codes.read(), out.all().data);
  return out.host(0);
}

Floats round_trip(const Floats& x, int levels, std::int64_t bucket, std::uint64_t key) {
  const Device device = Device::open(Backend::cpu);
  const QsgdShape shape{static_cast<std::int64_t>(x.size()), levels, bucket};
  return mean(device, 1, shape, encode(device, shape, {x}, key));
}

class Qsgd : public AgainstReference {};

TEST_P(Qsgd, IsWhatTheReferenceSays) {
  for_seeds(150, [](const Device& reference, const Device& device, RandomCase& random) {
    static constexpr int kLevels[] = {1, 2, 3, 4, 7, 8, 100, 127, kMostLevels};
    static constexpr std::int64_t kBuckets[] = {1, 2, 5, 16, 64, 100, 192, 512, 4096, 5000, 8192, 8193, 1000000};
    const std::int64_t n = random.below(20) == 0 ? 20001 : random.length();
    const QsgdShape shape{n, kLevels[random.below(std::size(kLevels))], kBuckets[random.below(std::size(kBuckets))],
                          static_cast<int>(random.below(3))};
    const int count = 1 + static_cast<int>(random.below(6));
    const auto x = random.rows(count, shape.n, random.kind());
    const auto key = static_cast<std::uint64_t>(random.below(std::int64_t{1} << 62));
    const Encoded sent = encode(device, shape, x, key), expected = encode(reference, shape, x, key);
    expect_same(sent.norms.host(), expected.norms.host(), "norms");
    expect_same(sent.codes.host(), expected.codes.host(), "codes");
    expect_same(mean(device, count, shape, sent), mean(reference, count, shape, expected), "mean");
  });
}

INSTANTIATE_TEST_SUITE_P(Backends, Qsgd, testing::Values(Backend::cpu, Backend::cuda), backend_label);

TEST(QsgdRounding, IsUnbiased) {
  constexpr int kKeys = 20000, kLevels = 3;
  RandomCase random(21);
  SCOPED_TRACE("seed 21");
  const Floats x = random.values(96, Values::normal);
  std::vector<double> sum(x.size());
  for (int key = 0; key < kKeys; ++key) {
    const Floats drawn = round_trip(x, kLevels, 96, static_cast<std::uint64_t>(key));
    for (std::size_t i = 0; i < x.size(); ++i) sum[i] += drawn[i];
  }
  double squares = 0;
  for (const float v : x) squares += static_cast<double>(v) * v;
  const double step = std::sqrt(squares) / kLevels;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double a = std::fabs(x[i]) / step, up = a - std::floor(a);
    const double sigma = step * std::sqrt(up * (1 - up) / kKeys);  // of the mean of kKeys draws, one step apart
    // Besides chance: rounding of norm, a and product, and of the chance itself to 2^-24 steps.
    EXPECT_LE(std::fabs(sum[i] / kKeys - x[i]), 5 * sigma + 16 * 0x1p-24 * (step + std::fabs(x[i]))) << i;
  }
}

TEST(QsgdRounding, DrawsDifferentlyForEachKeyAndRank) {
  const Floats x(512, 1.0F);
  const Device device = Device::open(Backend::cpu);
  const QsgdShape shape{512, 7, 512};
  const Encoded sent = encode(device, shape, {x, x}, 1);
  EXPECT_NE(sent.codes.host(0), sent.codes.host(1));
  EXPECT_NE(sent.codes.host(0), encode(device, shape, {x}, 2).codes.host(0));
  EXPECT_EQ(sent.codes.host(0), encode(device, shape, {x}, 1).codes.host(0));
}

TEST(QsgdRounding, KeepsWhatLiesOnALevel) {
  const Floats x = {3, 0, -4, 0, 0, 0, 0, 0};  // norm 5, so that a level of 5 is a whole number
  EXPECT_EQ(round_trip(x, 5, 8, 9), x);
  EXPECT_EQ(round_trip({2, -2, 0, 7}, 1, 1, 9), (Floats{2, -2, 0, 7}));  // each its own norm
}

TEST(QsgdRounding, DoesNotHideWhatIsNotFinite) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float bad : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN(), 3e38F}) {
    const Floats got = round_trip({1, bad, 2, 3, 0, -4}, 5, 3, 1);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_FALSE(std::isfinite(got[i])) << bad << ' ' << i;
    EXPECT_EQ((Floats{got.begin() + 3, got.end()}), (Floats{3, 0, -4})) << bad;  // the next bucket is spared
  }
}

TEST(QsgdPayload, IsTheFormulas) {
  EXPECT_EQ(code_bits(1), 2);
  EXPECT_EQ(code_bits(3), 3);
  EXPECT_EQ(code_bits(4), 4);
  EXPECT_EQ(code_bits(7), 4);
  EXPECT_EQ(code_bits(8), 5);
  for (int levels = 1; levels <= kMostLevels; levels += 13) {
    EXPECT_EQ(code_bits(levels), static_cast<int>(std::ceil(std::log2(2.0 * levels + 1)))) << levels;
  }
  EXPECT_EQ(qsgd_payload_bytes({1024, 7, 512}), 1024 * 4 / 8 + 4 * 2);
  EXPECT_EQ(qsgd_payload_bytes({0, 7, 512}), 0);
}

TEST(QsgdShape, MustMakeSense) {
  EXPECT_THROW(round_trip({1}, 0, 4, 1), KernelError);
  EXPECT_THROW(round_trip({1}, kMostLevels + 1, 4, 1), KernelError);
  const Device device = Device::open(Backend::cpu);
  EXPECT_THROW(qsgd_encode(device, 0, {1, 3, 0}, {}, 1, {}, {}), KernelError);
}

}  // namespace
}  // namespace syncline::kernels
