// Sums whose order is fixed, so that they give the same bits on every backend, vector width and thread count, and yet leave
// room for 16 vector lanes or 16 threads. These are the obvious loops; fast code adds the same numbers in the same order.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace syncline::kernels {

inline constexpr int kSumLanes = 16;
inline constexpr std::int64_t kSumBlock = 4096;

/// Lane l sums term(l), term(l + 16), ... in float; then the upper half of the lanes is added to the lower until one is left.
template <class Term>
float lane_sum(std::int64_t n, Term term) {
  std::array<float, kSumLanes> lanes{};
  for (std::int64_t i = 0; i < n; ++i) lanes[static_cast<std::size_t>(i % kSumLanes)] += term(i);
  for (std::size_t half = kSumLanes / 2; half > 0; half /= 2) {
    for (std::size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  }
  return lanes[0];
}

/// For long sums: lane sums of blocks of 4,096 terms, added in double in their order.
template <class Term>
double blocked_sum(std::int64_t n, Term term) {
  double sum = 0;
  for (std::int64_t begin = 0; begin < n; begin += kSumBlock) {
    sum += lane_sum(std::min(kSumBlock, n - begin), [&](std::int64_t i) { return term(begin + i); });
  }
  return sum;
}

}  // namespace syncline::kernels
