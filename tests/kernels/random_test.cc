#include "kernels/random.h"

#include <gtest/gtest.h>

#include "kernels/random_lanes.h"

namespace syncline::kernels {
namespace {

using Words = std::array<std::uint32_t, 4>;

// Known answers of Random123, the authors' own implementation (tests/kat_vectors).
TEST(Philox, GivesTheAuthorsNumbers) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, 0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({~0U, ~0U, ~0U, ~0U}, ~0ULL), (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, GivesAGroupTheNumbersOfItsElements) {
  for (const std::uint64_t group : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0x0FFFFFFF}, std::uint64_t{0x10000000}}) {
    const auto words = uniform_bits_of_group(0x0123456789abcdef, 5, group);
    for (std::size_t i = 0; i < kRandomGroup; ++i) {
      ASSERT_EQ(words[i / 16][i % 16], uniform_bits(0x0123456789abcdef, 5, group * kRandomGroup + i)) << group << ' ' << i;
    }
  }
}

TEST(Philox, MakesFloatsBelowOne) {
  EXPECT_EQ(unit_float(0), 0.0F);
  EXPECT_EQ(unit_float(0x80000000), 0.5F);
  EXPECT_EQ(unit_float(0xFFFFFFFF), 1.0F - 0x1p-24F);
}

}  // namespace
}  // namespace syncline::kernels
