#include <cmath>

#include "kernels/layer_norm/layer_norm.h"
#include "kernels/moments.h"

namespace syncline::kernels::reference {

void layer_norm_forward(const Device&, const LayerNormShape& shape, Replicas replicas, Strided<const float> x,
                        Strided<const float> weight, Strided<const float> bias, Strided<float> y, Strided<float> mean,
                        Strided<float> scale) {
  const int features = shape.features;
  const std::int64_t places = std::int64_t{shape.positions} * replicas.batch;
  for (int r = 0; r < replicas.count; ++r) {
    for (std::int64_t p = 0; p < places; ++p) {
      const float* from = x.of(r) + p;
      const Pair sums = chunked_sum(features, [&](int f) { return moment_terms(from[f * places], from[0]); });
      const float center = mean_of(from[0], sums, features);
      const auto factor = static_cast<float>(1 / std::sqrt(variance_of(sums, features) + static_cast<double>(shape.epsilon)));
      for (int f = 0; f < features; ++f) {
        y.of(r)[f * places + p] = (from[f * places] - center) * factor * weight.of(r)[f] + bias.of(r)[f];
      }
      mean.of(r)[p] = center;
      scale.of(r)[p] = factor;
    }
  }
}

void layer_norm_backward(const Device&, const LayerNormShape& shape, Replicas replicas, Strided<const float> x,
                         Strided<const float> dy, Strided<const float> weight, Strided<const float> mean,
                         Strided<const float> scale, Strided<float> dx, Strided<float> dweight, Strided<float> dbias) {
  const std::int64_t places = std::int64_t{shape.positions} * replicas.batch;
  const float share = 1.0F / static_cast<float>(shape.features);
  for (int r = 0; r < replicas.count; ++r) {
    const auto normal = [&](int f, std::int64_t p) { return (x.of(r)[f * places + p] - mean.of(r)[p]) * scale.of(r)[p]; };
    for (int f = 0; f < shape.features; ++f) {
      const float* gradient = dy.of(r) + f * places;
      const Pair sums = pair_sum(places, [&](std::int64_t p) { return Pair{gradient[p], gradient[p] * normal(f, p)}; });
      dbias.of(r)[f] = static_cast<float>(sums.first);
      dweight.of(r)[f] = static_cast<float>(sums.second);
    }
    for (std::int64_t p = 0; p < places; ++p) {
      const auto gradient = [&](int f) { return dy.of(r)[f * places + p] * weight.of(r)[f]; };
      const Pair sums = chunked_sum(shape.features, [&](int f) { return Pair{gradient(f), gradient(f) * normal(f, p)}; });
      const float offset = static_cast<float>(sums.first) * share, pull = static_cast<float>(sums.second) * share;
      for (int f = 0; f < shape.features; ++f) {
        dx.of(r)[f * places + p] = (gradient(f) - offset - normal(f, p) * pull) * scale.of(r)[p];
      }
    }
  }
}

}  // namespace syncline::kernels::reference
