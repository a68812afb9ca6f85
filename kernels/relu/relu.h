// The rectifier: max(x, 0), with NaN passed on.
#pragma once

#include "kernels/device.h"

namespace syncline::kernels {

/// y = max(x, 0), both [replica][feature][sample]; y may be x.
void relu_forward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> x, Strided<float> y);

/// dx = dy where y > 0, else 0; dx may be dy.
void relu_backward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> y,
                   Strided<const float> dy, Strided<float> dx);

namespace reference {
decltype(kernels::relu_forward) relu_forward;
decltype(kernels::relu_backward) relu_backward;
}  // namespace reference

namespace cpu {
decltype(kernels::relu_forward) relu_forward;
decltype(kernels::relu_backward) relu_backward;
}  // namespace cpu

namespace cuda {
decltype(kernels::relu_forward) relu_forward;
decltype(kernels::relu_backward) relu_backward;
}  // namespace cuda

}  // namespace syncline::kernels
