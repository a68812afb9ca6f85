#include "kernels/average/average.h"

namespace syncline::kernels::reference {

void average(const Device&, int count, std::int64_t n, Strided<const float> in, float* out) {
  const float share = 1.0F / static_cast<float>(count);
  for (std::int64_t i = 0; i < n; ++i) {
    float sum = in.of(0)[i];
    for (int r = 1; r < count; ++r) sum += in.of(r)[i];
    out[i] = sum * share;
  }
}

void scale(const Device&, std::int64_t n, float factor, float* x) {
  for (std::int64_t i = 0; i < n; ++i) x[i] *= factor;
}

void broadcast_copy(const Device&, int count, std::int64_t n, const float* in, Strided<float> out) {
  for (int r = 0; r < count; ++r) {
    for (std::int64_t i = 0; i < n; ++i) out.of(r)[i] = in[i];
  }
}

}  // namespace syncline::kernels::reference
