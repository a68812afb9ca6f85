// One step of stochastic gradient descent, as torch.optim.SGD has it.
#pragma once

#include "kernels/cost.h"
#include "kernels/device.h"

namespace syncline::kernels {

struct SgdParameters {
  float learning_rate = 0, momentum = 0, weight_decay = 0;
};

/// For each of `copies` of the weights [copy][n], with g = gradient + weight_decay * w:
/// velocity = momentum * velocity + g; w -= learning_rate * velocity.
/// velocity may be {nullptr, 0} if and only if momentum is 0 (KernelError otherwise); then w -= learning_rate * g.
void sgd_update(const Device& device, int copies, std::int64_t n, const SgdParameters& parameters, Strided<const float> gradient,
                Strided<float> velocity, Strided<float> w);

/// Of one copy, with momentum: reads gradient, velocity and weight, writes the last two.
constexpr KernelCost sgd_update_cost(std::int64_t n) { return kernel_cost(6 * n, 20 * n, 1); }

namespace reference {
decltype(kernels::sgd_update) sgd_update;
}  // namespace reference

namespace cpu {
decltype(kernels::sgd_update) sgd_update;
}  // namespace cpu

namespace cuda {
decltype(kernels::sgd_update) sgd_update;
}  // namespace cuda

}  // namespace syncline::kernels
