#include <cmath>

#include "kernels/ordered_sum.h"
#include "kernels/sign/sign.h"

namespace syncline::kernels::reference {
namespace {

bool bit(const std::uint32_t* bits, std::int64_t i) { return bits[i / 32] >> (i % 32) & 1; }

void pack(std::int64_t n, const float* x, std::uint32_t* bits) {
  std::fill_n(bits, sign_words(n), 0U);
  for (std::int64_t i = 0; i < n; ++i) {
    if (x[i] >= 0) bits[i / 32] |= 1U << (i % 32);
  }
}

}  // namespace

void sign_pack(const Device&, int count, std::int64_t n, Strided<const float> x, Strided<std::uint32_t> bits) {
  for (int r = 0; r < count; ++r) pack(n, x.of(r), bits.of(r));
}

void majority_vote(const Device&, int voters, std::int64_t n, Strided<const std::uint32_t> bits, float* out) {
  for (std::int64_t i = 0; i < n; ++i) {
    int balance = 0;
    for (int r = 0; r < voters; ++r) balance += bit(bits.of(r), i) ? 1 : -1;
    out[i] = balance > 0 ? 1.0F : balance < 0 ? -1.0F : 0.0F;
  }
}

void scaled_sign_encode(const Device&, int count, std::int64_t n, Strided<const float> gradient, Strided<float> error,
                        Strided<std::uint32_t> bits, float* scale) {
  for (int r = 0; r < count; ++r) {
    const float* g = gradient.of(r);
    float* e = error.of(r);
    for (std::int64_t i = 0; i < n; ++i) e[i] += g[i];
    pack(n, e, bits.of(r));
    const double sum = blocked_sum(n, [&](std::int64_t i) { return std::fabs(e[i]); });
    scale[r] = n == 0 ? 0.0F : static_cast<float>(sum / static_cast<double>(n));
    for (std::int64_t i = 0; i < n; ++i) e[i] -= e[i] >= 0 ? scale[r] : -scale[r];
  }
}

void scaled_sign_mean(const Device&, int count, std::int64_t n, Strided<const std::uint32_t> bits, const float* scale,
                      float* out) {
  for (std::int64_t i = 0; i < n; ++i) {
    float sum = 0;
    for (int r = 0; r < count; ++r) sum += bit(bits.of(r), i) ? scale[r] : -scale[r];
    out[i] = sum * (1.0F / static_cast<float>(count));
  }
}

}  // namespace syncline::kernels::reference
