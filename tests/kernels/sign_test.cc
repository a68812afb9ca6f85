#include "kernels/sign/sign.h"

#include "tests/kernels/backend_cases.h"

namespace syncline::kernels {
namespace {

using Floats = std::vector<float>;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

const Device& cpu_device() {
  static const Device device = Device::open(Backend::cpu);
  return device;
}

Rows<std::uint32_t> pack(const Device& device, const std::vector<Floats>& x) {
  const auto n = static_cast<std::int64_t>(x[0].size());
  Rows<std::uint32_t> bits(device, static_cast<int>(x.size()), sign_words(n));
  sign_pack(device, static_cast<int>(x.size()), n, Rows<float>(device, x).read(), bits.all());
  return bits;
}

Floats vote(const std::vector<Floats>& x) {
  const auto n = static_cast<std::int64_t>(x[0].size());
  Rows<float> out(cpu_device(), 1, n);
  majority_vote(cpu_device(), static_cast<int>(x.size()), n, pack(cpu_device(), x).read(), out.all().data);
  return out.host(0);
}

class Sign : public AgainstReference {};

TEST_P(Sign, PacksAsTheReferenceDoes) {
  for_seeds(100, [](const Device& reference, const Device& device, RandomCase& random) {
    const auto x = random.rows(1 + static_cast<int>(random.below(6)), random.length(), random.kind());
    expect_same(pack(device, x).host(), pack(reference, x).host(), "bits");
  });
}

TEST_P(Sign, VotesAsTheReferenceDoes) {
  for_seeds(100, [](const Device& reference, const Device& device, RandomCase& random) {
    const int voters = 1 + static_cast<int>(random.below(70));
    const std::int64_t n = random.length();
    const auto x = random.rows(voters, n, Values::normal);
    const auto run = [&](const Device& d) {
      Rows<float> out(d, 1, n);
      majority_vote(d, voters, n, pack(d, x).read(), out.all().data);
      return out.host();
    };
    expect_same(run(device), run(reference), "out");
  });
}

/// Encodes `count` random rows of n elements and decodes them again.
void expect_same_encoding(const Device& reference, const Device& device, RandomCase& random, int count, std::int64_t n) {
  const auto gradient = random.rows(count, n, random.kind()), old_error = random.rows(count, n, random.kind());
  const auto run = [&](const Device& d) {
    Rows<float> error(d, old_error), scale(d, 1, count);
    Rows<std::uint32_t> bits(d, count, sign_words(n));
    scaled_sign_encode(d, count, n, Rows<float>(d, gradient).read(), error.all(), bits.all(), scale.all().data);
    Rows<float> mean(d, 1, n);
    scaled_sign_mean(d, count, n, bits.read(), scale.read().data, mean.all().data);
    return std::tuple(bits.host(), error.host(), scale.host(), mean.host());
  };
  const auto [bits, error, scale, mean] = run(device);
  const auto [expected_bits, expected_error, expected_scale, expected_mean] = run(reference);
  expect_same(bits, expected_bits, "bits");
  expect_same(error, expected_error, "error");
  expect_same(scale, expected_scale, "scale");
  expect_same(mean, expected_mean, "mean");
}

TEST_P(Sign, EncodesWithScaleAsTheReferenceDoes) {
  for_seeds(100, [](const Device& reference, const Device& device, RandomCase& random) {
    const int count = 1 + static_cast<int>(random.below(6));
    expect_same_encoding(reference, device, random, count, random.length());
  });
}

TEST_P(Sign, EncodesMoreBlocksThanAGpusBlockHasThreads) {
  for_seeds(1, [](const Device& reference, const Device& device, RandomCase& random) {
    expect_same_encoding(reference, device, random, 2, 300 * 4096 + 1);
  });
}

// A GPU adds the blocks' sums side by side where that gives what their order gives; here it wouldn't.
TEST_P(Sign, AddsBlocksInOrderWhereThatMatters) {
  for_seeds(6, [](const Device& reference, const Device& device, RandomCase& random) {
    const bool many_blocks = random.below(3) == 0;  // more than a GPU's block has threads
    const int count = many_blocks ? 1 : 5;
    std::vector<Floats> x = random.rows(count, (many_blocks ? 600 : 9) * 4096 + 5, Values::normal);
    for (Floats& row : x) {
      for (std::size_t begin = 0; begin < row.size(); begin += 4096) {
        const float size = std::ldexp(1.0F, static_cast<int>(random.below(90)) - 45);
        for (std::size_t i = begin; i < std::min(row.size(), begin + 4096); ++i) row[i] *= size;
      }
    }
    const auto scales = [&](const Device& d) {
      const auto n = static_cast<std::int64_t>(x[0].size());
      Rows<float> error(d, count, n), scale(d, 1, count);
      Rows<std::uint32_t> bits(d, count, sign_words(n));
      scaled_sign_encode(d, count, n, Rows<float>(d, x).read(), error.all(), bits.all(), scale.all().data);
      return scale.host();
    };
    expect_same(scales(device), scales(reference), "scale");
  });
}

TEST_P(Sign, VotesAmongManyAndToAnyAddress) {
  for_seeds(6, [](const Device& reference, const Device& device, RandomCase& random) {
    static constexpr int kVoters[] = {15, 16, 254, 255, 256, 300};
    const int voters = kVoters[random.below(std::size(kVoters))];
    const std::int64_t n = 1 + random.below(70), at = random.below(4);
    auto x = random.rows(voters, n, Values::whole);
    for (std::int64_t i = 0; i < n; i += 2) {  // all of one mind, or half of each
      for (std::size_t r = 0; r < x.size(); ++r) x[r][static_cast<std::size_t>(i)] = i % 4 == 0 || r % 2 == 0 ? 1.0F : -1.0F;
    }
    const Floats scales = random.values(voters, Values::normal);
    const auto run = [&](const Device& d) {
      const Rows<std::uint32_t> bits = pack(d, x);
      Rows<float> won(d, 1, n + at), mean(d, 1, n + at);
      majority_vote(d, voters, n, bits.read(), won.all().data + at);
      scaled_sign_mean(d, voters, n, bits.read(), Rows<float>(d, {scales}).read().data, mean.all().data + at);
      return std::pair(won.host(), mean.host());
    };
    expect_same(run(device).first, run(reference).first, "vote");
    expect_same(run(device).second, run(reference).second, "mean");
  });
}

INSTANTIATE_TEST_SUITE_P(Backends, Sign, testing::Values(Backend::cpu, Backend::cuda), backend_label);

TEST(SignPack, CallsZeroPositiveAndNanNegative) {
  const auto bits = pack(cpu_device(), {{1, -1, 0.0F, -0.0F, kNan, -kNan, 1e-45F, -1e-45F}});
  EXPECT_EQ(bits.host(0), std::vector<std::uint32_t>{0b01001101});
}

TEST(MajorityVote, SaysNothingOnATie) {
  EXPECT_EQ(vote({{1, 1, -1}, {1, -1, -1}}), (Floats{1, 0, -1}));
  EXPECT_EQ(vote({{1, 1, -1}, {1, -1, -1}, {-1, 1, -1}}), (Floats{1, 1, -1}));
  EXPECT_EQ(vote({{-2, 5}}), (Floats{-1, 1}));
}

struct Encoded {
  std::vector<std::uint32_t> bits;
  Floats error;
  float scale;
};

Encoded encode(const Floats& gradient, const Floats& error) {
  const Device& d = cpu_device();
  const auto n = static_cast<std::int64_t>(gradient.size());
  Rows<float> e(d, {error}), scale(d, 1, 1);
  Rows<std::uint32_t> bits(d, 1, sign_words(n));
  scaled_sign_encode(d, 1, n, Rows<float>(d, {gradient}).read(), e.all(), bits.all(), scale.all().data);
  return {bits.host(0), e.host(0), scale.host(0)[0]};
}

TEST(ScaledSign, SendsTheMeanMagnitudeAndKeepsTheRest) {
  const Encoded sent = encode({1, -2, 3, -1}, {0, -1, 0, 0});  // p = 1 -3 3 -1
  EXPECT_EQ(sent.scale, 2);
  EXPECT_EQ(sent.bits, std::vector<std::uint32_t>{0b0101});
  EXPECT_EQ(sent.error, (Floats{-1, -1, 1, 1}));  // sent 2 -2 2 -2
}

TEST(ScaledSign, LosesNothing) {
  RandomCase random(11);
  SCOPED_TRACE("seed 11");
  const Floats gradient = random.values(9973, Values::normal), before = random.values(9973, Values::normal);
  const Encoded sent = encode(gradient, before);
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const float p = before[i] + gradient[i];
    const double kept = static_cast<double>(p) - (sent.bits[i / 32] >> (i % 32) & 1 ? sent.scale : -sent.scale);
    // The error is the exact difference rounded once: to half a unit in the last place, 2^-24 of it.
    ASSERT_LE(std::fabs(sent.error[i] - kept), std::fabs(kept) * 0x1p-24) << i;
  }
}

TEST(ScaledSign, OfNothingIsNothing) { EXPECT_EQ(encode({}, {}).scale, 0); }

TEST(ScaledSign, DoesNotHideNan) { EXPECT_TRUE(std::isnan(encode({1, kNan, 2}, {0, 0, 0}).scale)); }

TEST(SignPayload, IsABitForEachElement) {
  EXPECT_EQ(sign_payload_bytes(61706), 4 * 1929);
  EXPECT_EQ(scaled_sign_payload_bytes(61706), 4 * 1929 + 4);
  EXPECT_EQ(sign_payload_bytes(0), 0);
  EXPECT_EQ(sign_pack_cost(64).bytes, 4 * 64 + 8);
  EXPECT_EQ(majority_vote_cost(64, 3).bytes, 3 * 8 + 4 * 64);
}

}  // namespace
}  // namespace syncline::kernels
