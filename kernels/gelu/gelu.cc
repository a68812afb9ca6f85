#include "kernels/gelu/gelu.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void gelu_forward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> x, Strided<float> y) {
  dispatch(device, reference::gelu_forward, cpu::gelu_forward, SYNCLINE_IF_CUDA(cuda::gelu_forward), features, replicas, x, y);
}

void gelu_backward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> x,
                   Strided<const float> dy, Strided<float> dx) {
  dispatch(device, reference::gelu_backward, cpu::gelu_backward, SYNCLINE_IF_CUDA(cuda::gelu_backward), features, replicas, x, dy,
           dx);
}

}  // namespace syncline::kernels
