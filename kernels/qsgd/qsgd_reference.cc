#include <algorithm>
#include <cmath>

#include "kernels/ordered_sum.h"
#include "kernels/qsgd/qsgd.h"
#include "kernels/random.h"

namespace syncline::kernels::reference {
namespace {

/// The norms [qsgd_norms] of x [n].
void encode_norms(const QsgdShape& shape, const float* x, float* norms) {
  for (std::int64_t b = 0; b < qsgd_norms(shape); ++b) {
    const std::int64_t begin = b * shape.bucket;
    const std::int64_t size = std::min(shape.bucket, shape.n - begin);
    norms[b] = std::sqrt(lane_sum(size, [&](std::int64_t i) { return x[begin + i] * x[begin + i]; }));
  }
}

/// The code of x, with `scale` = levels / norm and u in [0, 1).
std::uint32_t code(float x, float scale, float levels, float u) {
  float a = std::fabs(x) * scale;
  if (!(a < levels)) a = levels;  // rounding errors, and NaN
  const float floor = std::floor(a);
  const float level = std::min(levels, floor + (u < a - floor ? 1.0F : 0.0F));
  return static_cast<std::uint32_t>(x < 0 ? levels - level : levels + level);
}

}  // namespace

void qsgd_encode(const Device&, int count, const QsgdShape& shape, Strided<const float> x, std::uint64_t key,
                 Strided<float> norms, Strided<std::uint32_t> codes) {
  const auto levels = static_cast<float>(shape.levels);
  const int bits = code_bits(shape.levels);
  for (int r = 0; r < count; ++r) {
    const float* row = x.of(r);
    const float* norm = norms.of(r);
    std::uint32_t* words = codes.of(r);
    encode_norms(shape, row, norms.of(r));
    std::fill_n(words, qsgd_words(shape), 0U);
    for (std::int64_t i = 0; i < shape.n; ++i) {
      const float bucket_norm = norm[i / shape.bucket];
      const float scale = bucket_norm > 0 ? levels / bucket_norm : 0.0F;
      const float u =
          unit_float(uniform_bits(key, static_cast<std::uint32_t>(shape.first_row + r), static_cast<std::uint64_t>(i)));
      const std::uint32_t c = code(row[i], scale, levels, u);
      for (int j = 0; j < bits; ++j) words[i / 32 * bits + j] |= (c >> j & 1) << (i % 32);
    }
  }
}

void qsgd_mean(const Device&, int count, const QsgdShape& shape, Strided<const float> norms, Strided<const std::uint32_t> codes,
               float* out) {
  const int bits = code_bits(shape.levels);
  for (std::int64_t i = 0; i < shape.n; ++i) {
    float sum = 0;
    for (int r = 0; r < count; ++r) {
      const std::uint32_t* words = codes.of(r) + i / 32 * bits;
      std::uint32_t code = 0;
      for (int j = 0; j < bits; ++j) code |= (words[j] >> (i % 32) & 1) << j;
      const float step = norms.of(r)[i / shape.bucket] / static_cast<float>(shape.levels);
      sum += step * static_cast<float>(static_cast<int>(code) - shape.levels);
    }
    out[i] = sum * (1.0F / static_cast<float>(count));
  }
}

}  // namespace syncline::kernels::reference
