// Batch normalisation in training (Ioffe & Szegedy, Batch Normalization: Accelerating Deep Network Training by Reducing Internal
// Covariate Shift, ICML 2015, algorithm 1 and the gradients of section 3), as PyTorch has it: biased variance, epsilon added to it.
//
// x, y, dx, dy are [replica][channel][pixel][sample], weight and bias [replica][channel], and so are mean and scale, which the
// forward pass leaves for the backward one. A replica normalises by its own batch: n = pixels * batch numbers for a channel.
//
// All backends give the same bits: moments (kernels/moments.h, shifted by a channel's first number) and the gradients' sums are in
// double, in pair_sum's order (kernels/pair_sum.h); all else is float, rounded step by step as written. A channel with a NaN or an
// infinity in x has a scale of NaN, and so has its y.
//
// On a GPU two launches each: forward reads x twice and writes y, backward reads x and dy twice and writes dx.
#pragma once

#include "kernels/device.h"

namespace syncline::kernels {

struct BatchNormShape {
  int channels, pixels;
  float epsilon = 1e-5F;
};

/// Of each channel's x: mean, and scale = 1 / sqrt(variance + epsilon); y = ((x - mean) * scale) * weight + bias.
void batch_norm_forward(const Device& device, const BatchNormShape& shape, Replicas replicas, Strided<const float> x,
                        Strided<const float> weight, Strided<const float> bias, Strided<float> y, Strided<float> mean,
                        Strided<float> scale);

/// With normal = (x - mean) * scale and share = 1 / n: dbias = sum dy, dweight = sum dy * normal, and
/// dx = ((dy - dbias * share) - normal * (dweight * share)) * (scale * weight). dx may be dy.
void batch_norm_backward(const Device& device, const BatchNormShape& shape, Replicas replicas, Strided<const float> x,
                         Strided<const float> dy, Strided<const float> weight, Strided<const float> mean,
                         Strided<const float> scale, Strided<float> dx, Strided<float> dweight, Strided<float> dbias);

namespace reference {
decltype(kernels::batch_norm_forward) batch_norm_forward;
decltype(kernels::batch_norm_backward) batch_norm_backward;
}  // namespace reference

namespace cpu {
decltype(kernels::batch_norm_forward) batch_norm_forward;
decltype(kernels::batch_norm_backward) batch_norm_backward;
}  // namespace cpu

namespace cuda {
decltype(kernels::batch_norm_forward) batch_norm_forward;
decltype(kernels::batch_norm_backward) batch_norm_backward;
}  // namespace cuda

}  // namespace syncline::kernels
