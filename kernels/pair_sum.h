// Two sums over the same long row of floats, in double and in a fixed order, so that they give the same bits on every backend and
// thread count: what normalisations and their gradients are made of. This is the obvious loop; fast code (pair_sum_cpu.h,
// pair_sum.cuh) adds the same numbers in the same order.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace syncline::kernels {

struct Pair {
  double first, second;
};

constexpr Pair operator+(const Pair& a, const Pair& b) { return {a.first + b.first, a.second + b.second}; }
constexpr Pair& operator+=(Pair& a, const Pair& b) { return a = a + b; }

inline constexpr int kPairLanes = 256, kPairGroup = 32;  // a GPU's block, and its warp
inline constexpr std::int64_t kPairBlock = 8192;

using PairLanes = std::array<Pair, kPairLanes>;

/// In each group of 32 lanes, the upper half added to the lower until one is left; then the groups' eight likewise.
inline Pair fold(PairLanes lanes) {
  const auto halve = [&lanes](std::size_t begin, std::size_t end, std::size_t step) {
    for (std::size_t half = (end - begin) / 2; half >= step; half /= 2) {
      for (std::size_t l = begin; l < begin + half; l += step) lanes[l] += lanes[l + half];
    }
  };
  for (std::size_t group = 0; group < kPairLanes; group += kPairGroup) halve(group, group + kPairGroup, 1);
  halve(0, kPairLanes, kPairGroup);
  return lanes[0];
}

/// Lane l of 256 begins as 0 and adds term(l), term(l + 256), ...; then the lanes are folded.
template <class Term>
Pair lane_pair_sum(std::int64_t n, Term term) {
  PairLanes lanes{};
  for (std::int64_t i = 0; i < n; ++i) lanes[static_cast<std::size_t>(i % kPairLanes)] += term(i);
  return fold(lanes);
}

/// The lane sum of the lane sums of blocks of 8,192 terms; term(i) is a Pair.
template <class Term>
Pair pair_sum(std::int64_t n, Term term) {
  return lane_pair_sum((n + kPairBlock - 1) / kPairBlock, [&](std::int64_t block) {
    const std::int64_t begin = block * kPairBlock;
    return lane_pair_sum(std::min(kPairBlock, n - begin), [&](std::int64_t i) { return term(begin + i); });
  });
}

}  // namespace syncline::kernels
