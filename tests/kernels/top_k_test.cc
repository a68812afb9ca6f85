#include "kernels/top_k/top_k.h"

#include "tests/kernels/backend_cases.h"

namespace syncline::kernels {
namespace {

using Floats = std::vector<float>;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Sent {
  Rows<float> error, values;
  Rows<std::int32_t> indices;
};

Sent encode(const Device& device, std::int64_t k, const std::vector<Floats>& gradient, const std::vector<Floats>& error,
            bool feedback = true) {
  const int count = static_cast<int>(gradient.size());
  const auto n = static_cast<std::int64_t>(gradient[0].size());
  Sent sent{Rows<float>(device, error), Rows<float>(device, count, k), Rows<std::int32_t>(device, count, k)};
  top_k_encode(device, count, n, k, Rows<float>(device, gradient).read(), feedback ? sent.error.all() : Strided<float>{},
               sent.values.all(), sent.indices.all());
  return sent;
}

Sent encode_on_cpu(std::int64_t k, const Floats& gradient, const Floats& error) {
  return encode(Device::open(Backend::cpu), k, {gradient}, {error});
}

std::vector<std::int32_t> chosen(std::int64_t k, const Floats& gradient) {
  return encode_on_cpu(k, gradient, Floats(gradient.size())).indices.host(0);
}

class TopK : public AgainstReference {};

/// Encodes, and decodes the mean.
void expect_same_choice(const Device& reference, const Device& device, std::int64_t k, const std::vector<Floats>& gradient,
                        const std::vector<Floats>& error, bool feedback) {
  const int count = static_cast<int>(gradient.size());
  const auto n = static_cast<std::int64_t>(gradient[0].size());
  const Sent sent = encode(device, k, gradient, error, feedback), expected = encode(reference, k, gradient, error, feedback);
  expect_same(sent.indices.host(), expected.indices.host(), "indices");
  expect_same(sent.values.host(), expected.values.host(), "values");
  expect_same(sent.error.host(), expected.error.host(), "error");
  const auto mean = [&](const Device& d, const Sent& s) {
    Rows<float> out(d, 1, n);
    top_k_mean(d, count, n, k, s.values.read(), s.indices.read(), out.all().data);
    return out.host();
  };
  expect_same(mean(device, sent), mean(reference, expected), "mean");
}

TEST_P(TopK, IsWhatTheReferenceSays) {
  for_seeds(120, [](const Device& reference, const Device& device, RandomCase& random) {
    const int count = 1 + static_cast<int>(random.below(6));
    const std::int64_t n = random.below(40) == 0 ? 150001 : random.length();
    const std::int64_t k = random.below(2) == 0 ? random.below(n + 1) : n / 100;
    const auto gradient = random.rows(count, n, random.kind()), error = random.rows(count, n, random.kind());
    expect_same_choice(reference, device, k, gradient, error, random.below(3) > 0);
  });
}

/// Few values, one of which most elements have, some of them NaNs with other bits: for a GPU, more candidates than it has room for.
TEST_P(TopK, ChoosesAmongManyEquals) {
  for_seeds(12, [](const Device& reference, const Device& device, RandomCase& random) {
    const float values[] = {0.0F, -0.0F, 2.5F, -2.5F, kNan, -kNan, std::bit_cast<float>(0x7fc00123U), kInfinity, 1e-45F};
    const std::int64_t n = 20001 + random.below(9000);
    const float most = values[random.below(std::size(values))];
    std::vector<Floats> x(1 + static_cast<std::size_t>(random.below(4)), Floats(static_cast<std::size_t>(n), most));
    for (Floats& row : x) {
      for (float& element : row) {
        if (random.below(1000) == 0) element = values[random.below(std::size(values))];
      }
    }
    const std::int64_t ks[] = {1, n / 100, n / 2, n - 1, n};
    expect_same_choice(reference, device, ks[random.below(std::size(ks))], x, x, false);
  });
}

/// Keys that differ in the last bits only, so that all three digits of a radix select are needed.
TEST_P(TopK, TellsNeighboursApart) {
  for_seeds(8, [](const Device& reference, const Device& device, RandomCase& random) {
    const std::int64_t n = 9000 + random.below(9000);
    const auto bits = static_cast<std::uint32_t>(9 + 2 * random.below(6));
    std::vector<Floats> x(2, Floats(static_cast<std::size_t>(n)));
    for (Floats& row : x) {
      for (float& element : row) {
        const auto last = static_cast<std::uint32_t>(random.below(std::int64_t{1} << bits));
        element = std::bit_cast<float>((random.below(2) == 0 ? 0x3f800000U : 0xbf800000U) | last);
      }
    }
    expect_same_choice(reference, device, 1 + random.below(n), x, x, random.below(2) == 0);
  });
}

TEST_P(TopK, AveragesMoreRanksThanAGpusBlockHasThreads) {
  for_seeds(2, [](const Device& reference, const Device& device, RandomCase& random) {
    const auto x = random.rows(300, 257, Values::normal);
    expect_same_choice(reference, device, 25, x, x, false);
  });
}

INSTANTIATE_TEST_SUITE_P(Backends, TopK, testing::Values(Backend::cpu, Backend::cuda), backend_label);

TEST(TopKEncode, PrefersTheSmallerIndexAmongEquals) {
  EXPECT_EQ(chosen(2, {1, -2, 2, 2, 1}), (std::vector{1, 2}));
  EXPECT_EQ(chosen(3, {0, 0, -0.0F, 0, 0}), (std::vector{0, 1, 2}));
  EXPECT_EQ(chosen(4, {1, -2, 2, 2, 1}), (std::vector{0, 1, 2, 3}));
}

TEST(TopKEncode, TakesNanForTheLargest) {
  EXPECT_EQ(chosen(1, {kInfinity, kNan, 3}), (std::vector{1}));
  EXPECT_EQ(chosen(2, {kNan, kInfinity, -kNan, kNan}), (std::vector{0, 2}));
  EXPECT_EQ(chosen(2, {3e38F, -kInfinity, 1e-45F}), (std::vector{0, 1}));
}

TEST(TopKEncode, TellsDenormalsFromZero) { EXPECT_EQ(chosen(2, {0, 1e-45F, 0, -3e-45F}), (std::vector{1, 3})); }

TEST(TopKEncode, TakesAllOrNothing) {
  EXPECT_EQ(chosen(0, {1, 2}), std::vector<std::int32_t>{});
  EXPECT_EQ(chosen(2, {1, 2}), (std::vector{0, 1}));
  EXPECT_EQ(chosen(0, {}), std::vector<std::int32_t>{});
  EXPECT_THROW(chosen(3, {1, 2}), KernelError);
  EXPECT_THROW(chosen(-1, {1, 2}), KernelError);
}

TEST(TopKEncode, LosesNothing) {
  RandomCase random(31);
  SCOPED_TRACE("seed 31");
  const Floats gradient = random.values(9973, Values::normal), before = random.values(9973, Values::normal);
  const Sent sent = encode_on_cpu(99, gradient, before);
  Floats whole = sent.error.host(0);
  for (std::size_t j = 0; j < 99; ++j) {
    float& kept = whole[static_cast<std::size_t>(sent.indices.host(0)[j])];
    EXPECT_EQ(kept, 0);
    kept = sent.values.host(0)[j];
  }
  for (std::size_t i = 0; i < whole.size(); ++i) ASSERT_EQ(whole[i], gradient[i] + before[i]) << i;
}

TEST(TopKMean, AddsWhereRanksChoseAlike) {
  const Device device = Device::open(Backend::cpu);
  const Rows<float> values(device, std::vector<Floats>{{1, 2}, {4, 8}});
  const Rows<std::int32_t> indices(device, std::vector<std::vector<std::int32_t>>{{0, 3}, {3, 4}});
  Rows<float> out(device, 1, 6, 9.0F);
  top_k_mean(device, 2, 6, 2, values.read(), indices.read(), out.all().data);
  EXPECT_EQ(out.host(0), (Floats{0.5F, 0, 0, 3, 4, 0}));
}

TEST(TopKPayload, IsAValueAndAnIndexEach) {
  EXPECT_EQ(top_k_payload_bytes(617), 8 * 617);
  EXPECT_EQ(top_k_encode_cost(1000, 10).bytes, 20 * 1000 + 12 * 10);
}

}  // namespace
}  // namespace syncline::kernels
