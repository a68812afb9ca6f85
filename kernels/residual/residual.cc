#include "kernels/residual/residual.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void residual_forward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> skip,
                      Strided<const float> branch, Strided<const float> alpha, Strided<float> y) {
  dispatch(device, reference::residual_forward, cpu::residual_forward, SYNCLINE_IF_CUDA(cuda::residual_forward), features,
           replicas, skip, branch, alpha, y);
}

void residual_backward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> branch,
                       Strided<const float> dy, Strided<const float> alpha, Strided<float> dbranch, Strided<float> dalpha) {
  dispatch(device, reference::residual_backward, cpu::residual_backward, SYNCLINE_IF_CUDA(cuda::residual_backward), features,
           replicas, branch, dy, alpha, dbranch, dalpha);
}

}  // namespace syncline::kernels
