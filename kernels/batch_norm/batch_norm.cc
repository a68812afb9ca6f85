#include "kernels/batch_norm/batch_norm.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void batch_norm_forward(const Device& device, const BatchNormShape& shape, Replicas replicas, Strided<const float> x,
                        Strided<const float> weight, Strided<const float> bias, Strided<float> y, Strided<float> mean,
                        Strided<float> scale) {
  dispatch(device, reference::batch_norm_forward, cpu::batch_norm_forward, SYNCLINE_IF_CUDA(cuda::batch_norm_forward), shape,
           replicas, x, weight, bias, y, mean, scale);
}

void batch_norm_backward(const Device& device, const BatchNormShape& shape, Replicas replicas, Strided<const float> x,
                         Strided<const float> dy, Strided<const float> weight, Strided<const float> mean,
                         Strided<const float> scale, Strided<float> dx, Strided<float> dweight, Strided<float> dbias) {
  dispatch(device, reference::batch_norm_backward, cpu::batch_norm_backward, SYNCLINE_IF_CUDA(cuda::batch_norm_backward), shape,
           replicas, x, dy, weight, mean, scale, dx, dweight, dbias);
}

}  // namespace syncline::kernels
