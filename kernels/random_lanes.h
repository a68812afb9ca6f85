// Philox for 16 counters at once: the words of kernels/random.h, a group of 64 elements at a time.
#pragma once

#include <array>

#include "kernels/lanes.h"
#include "kernels/random.h"

namespace syncline::kernels {

namespace philox {

struct Product {
  WordLanes high, low;
};

/// The 64-bit products of 16 words by one: the even and the odd lanes apart, as a processor's widening multiplication has it.
inline Product multiply(const WordLanes& words, std::uint32_t by) {
  using Pairs = Wide<std::uint64_t>;
  const Pairs pairs = bits_as<std::uint64_t>(words), lower(0xFFFFFFFFU), factor(by);
  const Pairs even = (pairs & lower) * factor, odd = (pairs >> 32) * factor;
  return {bits_as<std::uint32_t>((even >> 32) | (odd >> 32 << 32)), bits_as<std::uint32_t>((even & lower) | (odd << 32))};
}

}  // namespace philox

/// uniform_bits of elements 64 group + 16 c + l of a stream, in word c, lane l.
inline std::array<WordLanes, 4> uniform_bits_of_group(std::uint64_t key, std::uint32_t stream, std::uint64_t group) {
  static constexpr std::uint32_t kNumbers[kLanes] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const WordLanes lane = load<WordLanes>(kNumbers);
  // 16 divides the first counter, so that no lane carries into the upper word.
  const std::uint64_t first = group * kLanes;
  std::array<WordLanes, 4> word = {lane + static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(first >> 32), stream, 0U};
  auto key0 = static_cast<std::uint32_t>(key);
  auto key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < philox::kRounds; ++round) {
    const auto [high0, low0] = philox::multiply(word[0], philox::kMultiplier0);
    const auto [high1, low1] = philox::multiply(word[2], philox::kMultiplier1);
    word = {high1 ^ word[1] ^ key0, low1, high0 ^ word[3] ^ key1, low0};
    key0 += philox::kWeyl0;
    key1 += philox::kWeyl1;
  }
  return word;
}

}  // namespace syncline::kernels
