// Floats as they come back from 16 bits: what a gradient is after it has travelled in halves.
#pragma once

#include "kernels/cost.h"
#include "kernels/device.h"

namespace syncline::kernels {

enum class Narrow {
  fp16,  // IEEE 754 binary16: 5 bits of exponent, 10 of fraction; greatest 65,504, least normal 2^-14
  bf16,  // 8 bits of exponent, 7 of fraction: the upper half of a float
};

/// For each of `count` rows of n: to = from, rounded to what the format can tell: to the nearest, of two equally near to the one
/// whose last bit is 0; what rounds to more than the greatest becomes infinite, NaN stays NaN. `to` may be `from`.
void round_narrow(const Device& device, int count, std::int64_t n, Narrow format, Strided<const float> from, Strided<float> to);

constexpr std::int64_t narrow_payload_bytes(std::int64_t n) { return 2 * n; }
/// Reads floats and writes halves, or the other way round.
constexpr KernelCost narrow_cost(std::int64_t n) { return kernel_cost(n, 6 * n, 1); }
/// Halves times a number, in place.
constexpr KernelCost narrow_scale_cost(std::int64_t n) { return kernel_cost(n, 4 * n, 1); }

namespace reference {
decltype(kernels::round_narrow) round_narrow;
}  // namespace reference

namespace cpu {
decltype(kernels::round_narrow) round_narrow;
}  // namespace cpu

namespace cuda {
decltype(kernels::round_narrow) round_narrow;
}  // namespace cuda

}  // namespace syncline::kernels
