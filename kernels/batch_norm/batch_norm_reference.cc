#include <cmath>

#include "kernels/batch_norm/batch_norm.h"
#include "kernels/moments.h"

namespace syncline::kernels::reference {

void batch_norm_forward(const Device&, const BatchNormShape& shape, Replicas replicas, Strided<const float> x,
                        Strided<const float> weight, Strided<const float> bias, Strided<float> y, Strided<float> mean,
                        Strided<float> scale) {
  const std::int64_t n = std::int64_t{shape.pixels} * replicas.batch;
  for (int r = 0; r < replicas.count; ++r) {
    for (int c = 0; c < shape.channels; ++c) {
      const float* from = x.of(r) + c * n;
      const Pair sums = pair_sum(n, [&](std::int64_t i) { return moment_terms(from[i], from[0]); });
      const float center = mean_of(from[0], sums, n);
      const auto factor = static_cast<float>(1 / std::sqrt(variance_of(sums, n) + static_cast<double>(shape.epsilon)));
      for (std::int64_t i = 0; i < n; ++i) {
        y.of(r)[c * n + i] = (from[i] - center) * factor * weight.of(r)[c] + bias.of(r)[c];
      }
      mean.of(r)[c] = center;
      scale.of(r)[c] = factor;
    }
  }
}

void batch_norm_backward(const Device&, const BatchNormShape& shape, Replicas replicas, Strided<const float> x,
                         Strided<const float> dy, Strided<const float> weight, Strided<const float> mean,
                         Strided<const float> scale, Strided<float> dx, Strided<float> dweight, Strided<float> dbias) {
  const std::int64_t n = std::int64_t{shape.pixels} * replicas.batch;
  const float share = 1.0F / static_cast<float>(n);
  for (int r = 0; r < replicas.count; ++r) {
    for (int c = 0; c < shape.channels; ++c) {
      const float* gradient = dy.of(r) + c * n;
      const auto normal = [&](std::int64_t i) { return (x.of(r)[c * n + i] - mean.of(r)[c]) * scale.of(r)[c]; };
      const Pair sums = pair_sum(n, [&](std::int64_t i) { return Pair{gradient[i], gradient[i] * normal(i)}; });
      const auto to_bias = static_cast<float>(sums.first), to_weight = static_cast<float>(sums.second);
      for (std::int64_t i = 0; i < n; ++i) {
        dx.of(r)[c * n + i] =
            (gradient[i] - to_bias * share - normal(i) * (to_weight * share)) * (scale.of(r)[c] * weight.of(r)[c]);
      }
      dbias.of(r)[c] = to_bias;
      dweight.of(r)[c] = to_weight;
    }
  }
}

}  // namespace syncline::kernels::reference
