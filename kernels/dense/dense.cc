#include "kernels/dense/dense.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void dense_forward(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> x,
                   Strided<const float> w, Strided<const float> bias, Strided<float> y) {
  dispatch(device, reference::dense_forward, cpu::dense_forward, SYNCLINE_IF_CUDA(cuda::dense_forward), shape, replicas, x, w,
           bias, y);
}

void dense_backward_input(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> dy,
                          Strided<const float> w, Strided<float> dx) {
  dispatch(device, reference::dense_backward_input, cpu::dense_backward_input, SYNCLINE_IF_CUDA(cuda::dense_backward_input),
           shape, replicas, dy, w, dx);
}

void dense_backward_weights(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> x,
                            Strided<const float> dy, Strided<float> dw, Strided<float> dbias) {
  dispatch(device, reference::dense_backward_weights, cpu::dense_backward_weights, SYNCLINE_IF_CUDA(cuda::dense_backward_weights),
           shape, replicas, x, dy, dw, dbias);
}

}  // namespace syncline::kernels
