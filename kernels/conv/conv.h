// A two-dimensional convolution (as in PyTorch: a correlation, zero-padded on all sides) and its gradients. Every replica has its
// own batch; the replicas' weights are their own or, with stride 0, shared. A null bias is none.
//
// cpu: an output is summed with fused multiply-adds in the order of (in_channel, ky, kx), beginning with the bias; an input's
// gradient in the order of (ky, out_channel, kx); a weight's gradient as the lane sums of 16 lanes (kernels/ordered_sum.h)
// that take up one row of outputs after the other. That is the same bits on every machine with FMA.
#pragma once

#include "kernels/device.h"

namespace syncline::kernels {

struct ConvShape {
  int in_channels = 0;
  int height = 0;
  int width = 0;
  int out_channels = 0;
  int kernel = 1;  // rows and columns
  int stride = 1;
  int padding = 0;

  constexpr int out_height() const { return extent(height); }
  constexpr int out_width() const { return extent(width); }
  constexpr std::int64_t in_features() const { return std::int64_t{in_channels} * height * width; }
  constexpr std::int64_t out_features() const { return std::int64_t{out_channels} * out_height() * out_width(); }
  /// Inputs that one output sums over.
  constexpr int taps() const { return in_channels * kernel * kernel; }

 private:
  constexpr int extent(int n) const { return n + 2 * padding < kernel ? 0 : (n + 2 * padding - kernel) / stride + 1; }
};

/// y [replica][out_channel][y][x][sample] from x [replica][in_channel][y][x][sample],
/// w [replica][out_channel][in_channel][ky][kx], bias [replica][out_channel].
void conv_forward(const Device& device, const ConvShape& shape, Replicas replicas, Strided<const float> x,
                  Strided<const float> w, Strided<const float> bias, Strided<float> y);

/// dx, of x's shape, overwritten, from dy, of y's shape.
void conv_backward_input(const Device& device, const ConvShape& shape, Replicas replicas, Strided<const float> dy,
                         Strided<const float> w, Strided<float> dx);

/// dw and dbias, of the shapes of w and bias, both overwritten.
void conv_backward_weights(const Device& device, const ConvShape& shape, Replicas replicas, Strided<const float> x,
                           Strided<const float> dy, Strided<float> dw, Strided<float> dbias);

namespace cpu {
decltype(kernels::conv_forward) conv_forward;
decltype(kernels::conv_backward_input) conv_backward_input;
decltype(kernels::conv_backward_weights) conv_backward_weights;
}  // namespace cpu

}  // namespace syncline::kernels
