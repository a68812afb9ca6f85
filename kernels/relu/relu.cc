#include "kernels/relu/relu.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void relu_forward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> x, Strided<float> y) {
  dispatch(device, reference::relu_forward, cpu::relu_forward, SYNCLINE_IF_CUDA(cuda::relu_forward), features, replicas, x, y);
}

void relu_backward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> y,
                   Strided<const float> dy, Strided<float> dx) {
  dispatch(device, reference::relu_backward, cpu::relu_backward, SYNCLINE_IF_CUDA(cuda::relu_backward), features, replicas, y, dy,
           dx);
}

}  // namespace syncline::kernels
