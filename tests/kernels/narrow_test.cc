#include "kernels/narrow/narrow.h"

#include "tests/kernels/backend_cases.h"

namespace syncline::kernels {
namespace {

using Floats = std::vector<float>;

Floats narrowed(const Device& device, Narrow format, const Floats& x) {
  const Rows<float> in(device, {x});
  Rows<float> out(device, 1, static_cast<std::int64_t>(x.size()));
  round_narrow(device, 1, static_cast<std::int64_t>(x.size()), format, in.read(), out.all());
  return out.host(0);
}

class NarrowRounding : public AgainstReference {};

TEST_P(NarrowRounding, IsWhatTheReferenceSays) {
  for_seeds(150, [](const Device& reference, const Device& device, RandomCase& random) {
    const Narrow format = random.below(2) == 0 ? Narrow::fp16 : Narrow::bf16;
    const int count = 1 + static_cast<int>(random.below(4));
    const std::int64_t n = random.length();
    auto rows = random.rows(count, n, random.kind());
    for (Floats& row : rows) {
      for (float& x : row) {  // any float at all, half of the time
        if (random.below(2) == 0) x = std::bit_cast<float>(static_cast<std::uint32_t>(random.below(std::int64_t{1} << 32)));
      }
    }
    Rows<float> x(device, rows), expected(reference, rows);
    round_narrow(device, count, n, format, x.read(), x.all());  // in place
    round_narrow(reference, count, n, format, expected.read(), expected.all());
    expect_same(x.host(), expected.host(), "rounded");
  });
}

INSTANTIATE_TEST_SUITE_P(Backends, NarrowRounding, testing::Values(Backend::cpu, Backend::cuda), backend_label);

/// The value of a half's bits, read off the definition: sign, 5 bits of exponent, 10 of fraction.
double value_of_half(int bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double size = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return (bits & 0x8000) != 0 ? -size : size;
}

// All finite halves stay what they are; between two neighbours, what is nearer to one becomes that one, and what is equally near
// becomes the one with an even last bit.
TEST(NarrowRounding, KnowsEveryHalf) {
  const Device device = Device::open(Backend::cpu);
  Floats x, expected;
  for (int bits = 0; bits < 0x7c00; ++bits) {
    const auto low = static_cast<float>(value_of_half(bits));
    const float high = bits == 0x7bff ? std::numeric_limits<float>::infinity() : static_cast<float>(value_of_half(bits + 1));
    const double middle = bits == 0x7bff ? 65520 : (static_cast<double>(low) + high) / 2;
    const auto half_way = static_cast<float>(middle);  // exact: floats have 13 more bits
    for (const float sign : {1.0F, -1.0F}) {
      x.insert(x.end(),
               {sign * low, sign * std::nextafter(half_way, 0.0F), sign * half_way, sign * std::nextafter(half_way, 1e30F)});
      expected.insert(expected.end(), {sign * low, sign * low, sign * (bits % 2 == 0 ? low : high), sign * high});
    }
  }
  expect_same(narrowed(device, Narrow::fp16, x), expected, "half");
}

TEST(NarrowRounding, BfloatIsTheUpperHalfOfAFloat) {
  const Device device = Device::open(Backend::cpu);
  const Floats x = {1, 1 + 0x1p-8, 1 + 0x1.8p-7, 1 + 0x1.2p-8, -3.5F, 3e38F, 3.4e38F, 0x1p-130F};
  const Floats expected = {
      1, 1, 1 + 0x1p-6, 1 + 0x1p-7, -3.5F, std::bit_cast<float>(0x7f620000U), std::numeric_limits<float>::infinity(), 0x1p-130F};
  expect_same(narrowed(device, Narrow::bf16, x), expected, "bfloat");
}

}  // namespace
}  // namespace syncline::kernels
