#include "kernels/relu/relu.h"

namespace syncline::kernels::cpu {

void relu_forward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> x, Strided<float> y) {
  const std::int64_t n = features * replicas.batch;
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    const float* from = x.of(r);
    float* to = y.of(r);
    for (std::int64_t i = 0; i < n; ++i) to[i] = from[i] < 0 ? 0.0F : from[i];
  });
}

void relu_backward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> y,
                   Strided<const float> dy, Strided<float> dx) {
  const std::int64_t n = features * replicas.batch;
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    const float *out = y.of(r), *from = dy.of(r);
    float* to = dx.of(r);
    for (std::int64_t i = 0; i < n; ++i) to[i] = out[i] > 0 ? from[i] : 0.0F;
  });
}

}  // namespace syncline::kernels::cpu
