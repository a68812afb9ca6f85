#include <cmath>

#include "kernels/batch_norm/batch_norm.h"
#include "kernels/moments.h"
#include "kernels/pair_sum_cpu.h"

namespace syncline::kernels::cpu {

// Rows are the channels of all replicas.
void batch_norm_forward(const Device& device, const BatchNormShape& shape, Replicas replicas, Strided<const float> x,
                        Strided<const float> weight, Strided<const float> bias, Strided<float> y, Strided<float> mean,
                        Strided<float> scale) {
  const std::int64_t n = std::int64_t{shape.pixels} * replicas.batch;
  const int channels = shape.channels;
  const auto from = [=](int row) { return x.of(row / channels) + row % channels * n; };
  for_each_pair_sum(
      device, replicas.count * channels, n,
      [&](int row) { return [from = from(row), shift = *from(row)](std::int64_t i) { return moment_terms(from[i], shift); }; },
      [&](int row, const Pair& sums) {
        mean.of(row / channels)[row % channels] = mean_of(*from(row), sums, n);
        scale.of(row / channels)[row % channels] =
            static_cast<float>(1 / std::sqrt(variance_of(sums, n) + static_cast<double>(shape.epsilon)));
      },
      [&](int row, std::int64_t begin, std::int64_t size) {
        const int r = row / channels, c = row % channels;
        const float center = mean.of(r)[c], factor = scale.of(r)[c], slope = weight.of(r)[c], offset = bias.of(r)[c];
        const float* in = from(row) + begin;
        float* out = y.of(r) + c * n + begin;
        for (std::int64_t i = 0; i < size; ++i) out[i] = (in[i] - center) * factor * slope + offset;
      });
}

void batch_norm_backward(const Device& device, const BatchNormShape& shape, Replicas replicas, Strided<const float> x,
                         Strided<const float> dy, Strided<const float> weight, Strided<const float> mean,
                         Strided<const float> scale, Strided<float> dx, Strided<float> dweight, Strided<float> dbias) {
  const std::int64_t n = std::int64_t{shape.pixels} * replicas.batch;
  const int channels = shape.channels;
  const float share = 1.0F / static_cast<float>(n);
  for_each_pair_sum(
      device, replicas.count * channels, n,
      [&](int row) {
        const int r = row / channels, c = row % channels;
        return
            [in = x.of(r) + c * n, gradient = dy.of(r) + c * n, center = mean.of(r)[c], factor = scale.of(r)[c]](std::int64_t i) {
              return Pair{gradient[i], gradient[i] * ((in[i] - center) * factor)};
            };
      },
      [&](int row, const Pair& sums) {
        dbias.of(row / channels)[row % channels] = static_cast<float>(sums.first);
        dweight.of(row / channels)[row % channels] = static_cast<float>(sums.second);
      },
      [&](int row, std::int64_t begin, std::int64_t size) {
        const int r = row / channels, c = row % channels;
        const float center = mean.of(r)[c], factor = scale.of(r)[c], slope = factor * weight.of(r)[c];
        const float offset = dbias.of(r)[c] * share, pull = dweight.of(r)[c] * share;
        const float *in = x.of(r) + c * n + begin, *gradient = dy.of(r) + c * n + begin;
        float* out = dx.of(r) + c * n + begin;
        for (std::int64_t i = 0; i < size; ++i) out[i] = (gradient[i] - offset - (in[i] - center) * factor * pull) * slope;
      });
}

}  // namespace syncline::kernels::cpu
