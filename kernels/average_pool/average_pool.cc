#include "kernels/average_pool/average_pool.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void average_pool_forward(const Device& device, int channels, int pixels, Replicas replicas, Strided<const float> x,
                          Strided<float> y) {
  dispatch(device, reference::average_pool_forward, cpu::average_pool_forward, SYNCLINE_IF_CUDA(cuda::average_pool_forward),
           channels, pixels, replicas, x, y);
}

void average_pool_backward(const Device& device, int channels, int pixels, Replicas replicas, Strided<const float> dy,
                           Strided<float> dx) {
  dispatch(device, reference::average_pool_backward, cpu::average_pool_backward, SYNCLINE_IF_CUDA(cuda::average_pool_backward),
           channels, pixels, replicas, dy, dx);
}

}  // namespace syncline::kernels
