#include "kernels/average_pool/average_pool.h"

namespace syncline::kernels::reference {

void average_pool_forward(const Device&, int channels, int pixels, Replicas replicas, Strided<const float> x, Strided<float> y) {
  const std::int64_t batch = replicas.batch;
  const float share = 1.0F / static_cast<float>(pixels);
  for (int r = 0; r < replicas.count; ++r) {
    for (int c = 0; c < channels; ++c) {
      float* mean = y.of(r) + c * batch;
      std::fill_n(mean, batch, 0.0F);
      for (int i = 0; i < pixels; ++i) {
        for (int s = 0; s < batch; ++s) mean[s] += x.of(r)[(std::int64_t{c} * pixels + i) * batch + s];
      }
      for (int s = 0; s < batch; ++s) mean[s] *= share;
    }
  }
}

void average_pool_backward(const Device&, int channels, int pixels, Replicas replicas, Strided<const float> dy,
                           Strided<float> dx) {
  const std::int64_t batch = replicas.batch;
  const float share = 1.0F / static_cast<float>(pixels);
  for (int r = 0; r < replicas.count; ++r) {
    for (int c = 0; c < channels; ++c) {
      for (int i = 0; i < pixels; ++i) {
        for (int s = 0; s < batch; ++s) dx.of(r)[(std::int64_t{c} * pixels + i) * batch + s] = dy.of(r)[c * batch + s] * share;
      }
    }
  }
}

}  // namespace syncline::kernels::reference
