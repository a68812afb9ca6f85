// The sum of a skip connection and a branch scaled by one learned number, alpha: SkipInit (De & Smith, Batch Normalization
// Biases Residual Blocks Towards the Identity Function in Deep Networks, NeurIPS 2020).
#pragma once

#include "kernels/device.h"

namespace syncline::kernels {

/// y = skip + alpha * branch, all [replica][feature][sample], alpha [replica] of one number; y may be skip or branch.
void residual_forward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> skip,
                      Strided<const float> branch, Strided<const float> alpha, Strided<float> y);

/// dbranch = alpha * dy; dalpha = the sum of branch * dy in blocked_sum's order (kernels/ordered_sum.h). The gradient of skip
/// is dy itself. dbranch may be dy.
void residual_backward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> branch,
                       Strided<const float> dy, Strided<const float> alpha, Strided<float> dbranch, Strided<float> dalpha);

namespace reference {
decltype(kernels::residual_forward) residual_forward;
decltype(kernels::residual_backward) residual_backward;
}  // namespace reference

namespace cpu {
decltype(kernels::residual_forward) residual_forward;
decltype(kernels::residual_backward) residual_backward;
}  // namespace cpu

namespace cuda {
decltype(kernels::residual_forward) residual_forward;
decltype(kernels::residual_backward) residual_backward;
}  // namespace cuda

}  // namespace syncline::kernels
