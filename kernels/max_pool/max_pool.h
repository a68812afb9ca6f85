// The maximum of square windows. Windows that would reach over the edge, or over the padding around it, are left out, and padded
// places never win, as in PyTorch.
//
// x is [replica][channels][height][width][sample], y [replica][channels][out_height][out_width][sample].
#pragma once

#include "kernels/device.h"

namespace syncline::kernels {

struct PoolShape {
  int channels, height, width, size, stride;  // size <= 16: a place in the window fits one byte
  int padding = 0;                            // on each side; at most size / 2, so that every window has a pixel
  constexpr int out_height() const { return (height + 2 * padding - size) / stride + 1; }
  constexpr int out_width() const { return (width + 2 * padding - size) / stride + 1; }
};

/// winner, laid out as y: the place row * size + column in its window, padding included, of the maximum; the first where there are
/// several, the last NaN where there are NaN, which is then the maximum.
void max_pool_forward(const Device& device, const PoolShape& shape, Replicas replicas, Strided<const float> x, Strided<float> y,
                      Strided<std::uint8_t> winner);

/// dx: dy added up where it was won, 0 elsewhere.
void max_pool_backward(const Device& device, const PoolShape& shape, Replicas replicas, Strided<const float> dy,
                       Strided<const std::uint8_t> winner, Strided<float> dx);

namespace reference {
decltype(kernels::max_pool_forward) max_pool_forward;
decltype(kernels::max_pool_backward) max_pool_backward;
}  // namespace reference

namespace cpu {
decltype(kernels::max_pool_forward) max_pool_forward;
decltype(kernels::max_pool_backward) max_pool_backward;
}  // namespace cpu

namespace cuda {
decltype(kernels::max_pool_forward) max_pool_forward;
decltype(kernels::max_pool_backward) max_pool_backward;
}  // namespace cuda

}  // namespace syncline::kernels
