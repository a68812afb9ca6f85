// Mean and variance of many floats from one reading of them.
//
// With d = x - shift, exact but for double's rounding, of any one x as the shift: mean = shift + sum(d) / n, and the biased
// variance = sum(d^2) / n - (sum(d) / n)^2. What cancels there is harmless, in double and with such a shift: (mean - shift)^2 is one
// of the n squares whose mean is the variance, so at most n times it, and a variance of n numbers loses at most a factor of n of
// double's 2^53. Without a shift, a mean of 2^20 standard deviations would cost a factor of 2^40.
#pragma once

#include "kernels/pair_sum.h"

namespace syncline::kernels {

constexpr Pair moment_terms(float x, float shift) {
  const double d = static_cast<double>(x) - static_cast<double>(shift);
  return {d, d * d};
}

constexpr float mean_of(float shift, const Pair& sums, std::int64_t n) {
  return static_cast<float>(static_cast<double>(shift) + sums.first / static_cast<double>(n));
}

/// Never below 0. NaN of numbers of which one is NaN or infinite.
constexpr double variance_of(const Pair& sums, std::int64_t n) {
  const double mean = sums.first / static_cast<double>(n), variance = sums.second / static_cast<double>(n) - mean * mean;
  return variance < 0 ? 0 : variance;
}

}  // namespace syncline::kernels
