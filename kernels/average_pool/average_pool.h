// Global average pooling: the mean of each channel's pixels.
#pragma once

#include "kernels/device.h"

namespace syncline::kernels {

/// y [replica][channels][sample] = the mean of x [replica][channels][pixels][sample], summed in the pixels' order,
/// times 1 / pixels.
void average_pool_forward(const Device& device, int channels, int pixels, Replicas replicas, Strided<const float> x,
                          Strided<float> y);

/// dx = dy / pixels, at every pixel.
void average_pool_backward(const Device& device, int channels, int pixels, Replicas replicas, Strided<const float> dy,
                           Strided<float> dx);

namespace reference {
decltype(kernels::average_pool_forward) average_pool_forward;
decltype(kernels::average_pool_backward) average_pool_backward;
}  // namespace reference

namespace cpu {
decltype(kernels::average_pool_forward) average_pool_forward;
decltype(kernels::average_pool_backward) average_pool_backward;
}  // namespace cpu

namespace cuda {
decltype(kernels::average_pool_forward) average_pool_forward;
decltype(kernels::average_pool_backward) average_pool_backward;
}  // namespace cuda

}  // namespace syncline::kernels
