// The Gaussian error linear unit: x Phi(x), Phi the standard normal distribution (Hendrycks & Gimpel, Gaussian Error Linear Units,
// 2016), exactly, by the error function: Phi(x) = (1 + erf(x / sqrt(2))) / 2.
//
// erf and exp are the backend's own: Phi is good to 2^-20, so that y is to |x| 2^-20 and dx to |dy| 2^-20. NaN is passed on. Of x
// = infinity y is infinity and dx NaN; of -infinity both are NaN.
#pragma once

#include "kernels/device.h"

namespace syncline::kernels {

/// y = x Phi(x), both [replica][feature][sample]; y may be x. On a GPU, 8 bytes an element.
void gelu_forward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> x, Strided<float> y);

/// dx = dy (Phi(x) + x phi(x)), phi the normal density exp(-x^2 / 2) / sqrt(2 pi); dx may be dy. On a GPU, 12 bytes an element.
void gelu_backward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> x,
                   Strided<const float> dy, Strided<float> dx);

namespace reference {
decltype(kernels::gelu_forward) gelu_forward;
decltype(kernels::gelu_backward) gelu_backward;
}  // namespace reference

namespace cpu {
decltype(kernels::gelu_forward) gelu_forward;
decltype(kernels::gelu_backward) gelu_backward;
}  // namespace cpu

namespace cuda {
decltype(kernels::gelu_forward) gelu_forward;
decltype(kernels::gelu_backward) gelu_backward;
}  // namespace cuda

}  // namespace syncline::kernels
