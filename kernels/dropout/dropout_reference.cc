#include "kernels/dropout/dropout.h"
#include "kernels/random.h"

namespace syncline::kernels::reference {

void dropout_forward(const Device&, std::int64_t features, Replicas replicas, float probability, const DropoutKey& key,
                     Strided<const float> x, Strided<float> y, Strided<std::uint8_t> mask) {
  const float scale = dropout_scale(probability);
  for (int r = 0; r < replicas.count; ++r) {
    const std::uint32_t row = key.first_row + static_cast<std::uint32_t>(r);
    for (std::int64_t i = 0; i < features * replicas.batch; ++i) {
      const bool kept = unit_float(uniform_bits(key.key, row, static_cast<std::uint64_t>(i))) >= probability;
      y.of(r)[i] = kept ? x.of(r)[i] * scale : 0.0F;
      mask.of(r)[i] = kept ? 1 : 0;
    }
  }
}

void dropout_backward(const Device&, std::int64_t features, Replicas replicas, float probability,
                      Strided<const std::uint8_t> mask, Strided<const float> dy, Strided<float> dx) {
  const float scale = dropout_scale(probability);
  for (int r = 0; r < replicas.count; ++r) {
    for (std::int64_t i = 0; i < features * replicas.batch; ++i) {
      dx.of(r)[i] = mask.of(r)[i] != 0 ? dy.of(r)[i] * scale : 0.0F;
    }
  }
}

}  // namespace syncline::kernels::reference
