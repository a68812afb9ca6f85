#include "kernels/max_pool/max_pool.h"

namespace syncline::kernels::cpu {

void max_pool_forward(const Device& device, const PoolShape& shape, Replicas replicas, Strided<const float> x, Strided<float> y,
                      Strided<std::uint8_t> winner) {
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    reference::max_pool_forward(device, shape, {1, replicas.batch}, {x.of(r), 0}, {y.of(r), 0}, {winner.of(r), 0});
  });
}

void max_pool_backward(const Device& device, const PoolShape& shape, Replicas replicas, Strided<const float> dy,
                       Strided<const std::uint8_t> winner, Strided<float> dx) {
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    reference::max_pool_backward(device, shape, {1, replicas.batch}, {dy.of(r), 0}, {winner.of(r), 0}, {dx.of(r), 0});
  });
}

}  // namespace syncline::kernels::cpu
