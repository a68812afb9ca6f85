#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "kernels/top_k/top_k.h"

namespace syncline::kernels::reference {
namespace {

/// NaN above all, then by magnitude.
bool larger(float a, float b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && !std::isnan(b);
  return std::fabs(a) > std::fabs(b);
}

}  // namespace

void top_k_encode(const Device&, int count, std::int64_t n, std::int64_t k, Strided<const float> gradient, Strided<float> error,
                  Strided<float> values, Strided<std::int32_t> indices) {
  for (int r = 0; r < count; ++r) {
    const float* g = gradient.of(r);
    std::vector<float> p(g, g + n);
    float* e = error.data == nullptr ? p.data() : error.of(r);
    if (error.data != nullptr) {
      for (std::int64_t i = 0; i < n; ++i) p[static_cast<std::size_t>(i)] += e[i];
      std::copy(p.begin(), p.end(), e);
    }
    std::vector<std::int32_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return larger(e[a], e[b]); });
    std::sort(order.begin(), order.begin() + k);
    for (std::int64_t j = 0; j < k; ++j) {
      const std::int32_t i = order[static_cast<std::size_t>(j)];
      indices.of(r)[j] = i;
      values.of(r)[j] = e[i];
      e[i] = 0;
    }
  }
}

void top_k_mean(const Device&, int count, std::int64_t n, std::int64_t k, Strided<const float> values,
                Strided<const std::int32_t> indices, float* out) {
  std::fill_n(out, n, 0.0F);
  for (int r = 0; r < count; ++r) {
    for (std::int64_t j = 0; j < k; ++j) out[indices.of(r)[j]] += values.of(r)[j];
  }
  for (std::int64_t i = 0; i < n; ++i) out[i] *= 1.0F / static_cast<float>(count);
}

}  // namespace syncline::kernels::reference
