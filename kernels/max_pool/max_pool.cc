#include "kernels/max_pool/max_pool.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void max_pool_forward(const Device& device, const PoolShape& shape, Replicas replicas, Strided<const float> x, Strided<float> y,
                      Strided<std::uint8_t> winner) {
  dispatch(device, reference::max_pool_forward, cpu::max_pool_forward, SYNCLINE_IF_CUDA(cuda::max_pool_forward), shape, replicas,
           x, y, winner);
}

void max_pool_backward(const Device& device, const PoolShape& shape, Replicas replicas, Strided<const float> dy,
                       Strided<const std::uint8_t> winner, Strided<float> dx) {
  dispatch(device, reference::max_pool_backward, cpu::max_pool_backward, SYNCLINE_IF_CUDA(cuda::max_pool_backward), shape,
           replicas, dy, winner, dx);
}

}  // namespace syncline::kernels
