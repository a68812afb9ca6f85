#include "kernels/average_pool/average_pool.h"

namespace syncline::kernels::cpu {

void average_pool_forward(const Device& device, int channels, int pixels, Replicas replicas, Strided<const float> x,
                          Strided<float> y) {
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    reference::average_pool_forward(device, channels, pixels, {1, replicas.batch}, {x.of(r), 0}, {y.of(r), 0});
  });
}

void average_pool_backward(const Device& device, int channels, int pixels, Replicas replicas, Strided<const float> dy,
                           Strided<float> dx) {
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    reference::average_pool_backward(device, channels, pixels, {1, replicas.batch}, {dy.of(r), 0}, {dx.of(r), 0});
  });
}

}  // namespace syncline::kernels::cpu
