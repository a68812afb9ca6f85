// Top-k sparsification with error feedback (Stich et al., Sparsified SGD with Memory, NeurIPS 2018; Lin et al., Deep
// Gradient Compression, ICLR 2018): only the k elements of largest magnitude travel, the others wait in the error.
//
// The selection is exact and the same on every backend: NaN counts as the largest magnitude, and of equal magnitudes (all
// NaNs are equal, so are 0 and -0) the smaller index wins.
#pragma once

#include <cstdint>

#include "kernels/cost.h"
#include "kernels/device.h"

namespace syncline::kernels {

/// On the wire, per rank: k values and k indices.
constexpr std::int64_t top_k_payload_bytes(std::int64_t k) { return 8 * k; }

/// With p = gradient + error, all [count][n]: values [count][k] and indices [count][k] get the k chosen elements of each
/// row, in the order of their indices, and error becomes p with the chosen ones zero: sent and kept sum to p bit for bit.
/// error {nullptr, 0}: no feedback, p = gradient. Throws KernelError unless 0 <= k <= n < 2^31.
void top_k_encode(const Device& device, int count, std::int64_t n, std::int64_t k, Strided<const float> gradient,
                  Strided<float> error, Strided<float> values, Strided<std::int32_t> indices);

/// out [n]: the mean of `count` sparse vectors as top_k_encode makes them (indices rising, each below n), summed in the
/// order of the ranks, times 1 / count.
void top_k_mean(const Device& device, int count, std::int64_t n, std::int64_t k, Strided<const float> values,
                Strided<const std::int32_t> indices, float* out);

/// Radix select as in AIR Top-K (Zhang et al., SC 2023): a launch adds, writes p and counts leading bits (3 arrays); one reads p
/// again, counts the next bits of the candidates and sets them aside (1); one counts their last bits; the last reads p, writes the
/// chosen in order, by a scan, and zeroes them (1, and 12 k). The few candidates aren't counted.
constexpr KernelCost top_k_encode_cost(std::int64_t n, std::int64_t k) { return kernel_cost(6 * n, 20 * n + 12 * k, 4); }

/// One launch, a block for each stretch of `out`, that looks up its part of every rank's indices.
constexpr KernelCost top_k_mean_cost(std::int64_t n, std::int64_t k, int count) {
  return kernel_cost(count * k + n, count * top_k_payload_bytes(k) + 4 * n, 1);
}

namespace reference {
decltype(kernels::top_k_encode) top_k_encode;
decltype(kernels::top_k_mean) top_k_mean;
}  // namespace reference

namespace cpu {
decltype(kernels::top_k_encode) top_k_encode;
decltype(kernels::top_k_mean) top_k_mean;
}  // namespace cpu

namespace cuda {
decltype(kernels::top_k_encode) top_k_encode;
decltype(kernels::top_k_mean) top_k_mean;
}  // namespace cuda

}  // namespace syncline::kernels
