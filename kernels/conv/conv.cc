#include "kernels/conv/conv.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void conv_forward(const Device& device, const ConvShape& shape, Replicas replicas, Strided<const float> x, Strided<const float> w,
                  Strided<const float> bias, Strided<float> y) {
  dispatch(device, reference::conv_forward, cpu::conv_forward, SYNCLINE_IF_CUDA(cuda::conv_forward), shape, replicas, x, w, bias,
           y);
}

void conv_backward_input(const Device& device, const ConvShape& shape, Replicas replicas, Strided<const float> dy,
                         Strided<const float> w, Strided<float> dx) {
  dispatch(device, reference::conv_backward_input, cpu::conv_backward_input, SYNCLINE_IF_CUDA(cuda::conv_backward_input), shape,
           replicas, dy, w, dx);
}

void conv_backward_weights(const Device& device, const ConvShape& shape, Replicas replicas, Strided<const float> x,
                           Strided<const float> dy, Strided<float> dw, Strided<float> dbias) {
  dispatch(device, reference::conv_backward_weights, cpu::conv_backward_weights, SYNCLINE_IF_CUDA(cuda::conv_backward_weights),
           shape, replicas, x, dy, dw, dbias);
}

}  // namespace syncline::kernels
