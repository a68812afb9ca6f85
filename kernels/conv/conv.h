// A convolution of images (cross-correlation, as in PyTorch), with square kernels and zero padding.
//
// x is [replica][in_channels][height][width][sample], y [replica][out_channels][out_height][out_width][sample],
// w [out_channels][in_channels][kernel][kernel], bias [out_channels] or {nullptr, 0} for none.
#pragma once

#include "kernels/device.h"

namespace syncline::kernels {

struct ConvShape {
  int in_channels, height, width, out_channels, kernel, stride, padding;
  constexpr int out_height() const { return (height + 2 * padding - kernel) / stride + 1; }
  constexpr int out_width() const { return (width + 2 * padding - kernel) / stride + 1; }
};

void conv_forward(const Device& device, const ConvShape& shape, Replicas replicas, Strided<const float> x, Strided<const float> w,
                  Strided<const float> bias, Strided<float> y);

/// dx: the gradient of x from that of y.
void conv_backward_input(const Device& device, const ConvShape& shape, Replicas replicas, Strided<const float> dy,
                         Strided<const float> w, Strided<float> dx);

/// dw and dbias, summed over the batch; both are overwritten.
void conv_backward_weights(const Device& device, const ConvShape& shape, Replicas replicas, Strided<const float> x,
                           Strided<const float> dy, Strided<float> dw, Strided<float> dbias);

namespace reference {
decltype(kernels::conv_forward) conv_forward;
decltype(kernels::conv_backward_input) conv_backward_input;
decltype(kernels::conv_backward_weights) conv_backward_weights;
}  // namespace reference

namespace cpu {
decltype(kernels::conv_forward) conv_forward;
decltype(kernels::conv_backward_input) conv_backward_input;
decltype(kernels::conv_backward_weights) conv_backward_weights;
}  // namespace cpu

namespace cuda {
decltype(kernels::conv_forward) conv_forward;
decltype(kernels::conv_backward_input) conv_backward_input;
decltype(kernels::conv_backward_weights) conv_backward_weights;
}  // namespace cuda

}  // namespace syncline::kernels
