// The sum of two arrays: error feedback's gradient plus error, and a network's gradients where two paths meet.
#pragma once

#include <cstdint>

#include "kernels/cost.h"
#include "kernels/device.h"

namespace syncline::kernels {

/// out [count][n] = a + b; out may be a or b.
void add(const Device& device, int count, std::int64_t n, Strided<const float> a, Strided<const float> b, Strided<float> out);

/// Two arrays read, one written.
constexpr KernelCost add_cost(std::int64_t n) { return kernel_cost(n, 12 * n, 1); }

namespace reference {
decltype(kernels::add) add;
}  // namespace reference

namespace cpu {
decltype(kernels::add) add;
}  // namespace cpu

namespace cuda {
decltype(kernels::add) add;
}  // namespace cuda

}  // namespace syncline::kernels
