// Sign compression: one bit per element. Plain signs with a majority vote (Bernstein et al., signSGD, ICML 2018), and signs
// with one magnitude and error feedback (Karimireddy et al., Error Feedback Fixes SignSGD, ICML 2019, algorithm 1).
//
// Bit i % 32 of word i / 32 belongs to element i and is 1 where x >= 0: +0 and -0 are positive, NaN is negative. The bits
// beyond the last element are 0.
#pragma once

#include <cstdint>

#include "kernels/cost.h"
#include "kernels/device.h"

namespace syncline::kernels {

constexpr std::int64_t sign_words(std::int64_t n) { return (n + 31) / 32; }

/// On the wire, per rank: the bits; with the magnitude for the scaled form.
constexpr std::int64_t sign_payload_bytes(std::int64_t n) { return 4 * sign_words(n); }
constexpr std::int64_t scaled_sign_payload_bytes(std::int64_t n) { return sign_payload_bytes(n) + 4; }

/// The signs of x [count][n] as bits [count][sign_words(n)].
void sign_pack(const Device& device, int count, std::int64_t n, Strided<const float> x, Strided<std::uint32_t> bits);

/// out [n]: +1 or -1 as most of the voters have it in bits [voters][sign_words(n)], 0 on a tie.
void majority_vote(const Device& device, int voters, std::int64_t n, Strided<const std::uint32_t> bits, float* out);

/// With p = gradient + error, all [count][n]: bits = signs of p, scale [count] = mean |p|, and error becomes
/// p - scale * sign(p). The mean is the sum of |p| in blocked_sum's order (kernels/ordered_sum.h), divided by n in double,
/// rounded to float; n = 0 gives scale 0. A NaN or infinite element spoils the scale, and with it what all ranks receive.
void scaled_sign_encode(const Device& device, int count, std::int64_t n, Strided<const float> gradient, Strided<float> error,
                        Strided<std::uint32_t> bits, float* scale);

/// out [n]: the mean of scale[r] * sign_r, summed in the order of the ranks r, times 1 / count.
void scaled_sign_mean(const Device& device, int count, std::int64_t n, Strided<const std::uint32_t> bits, const float* scale,
                      float* out);

/// Reads x, writes bits.
constexpr KernelCost sign_pack_cost(std::int64_t n) { return kernel_cost(n, 4 * n + sign_payload_bytes(n), 1); }

/// Reads every voter's bits once, counts, writes floats.
constexpr KernelCost majority_vote_cost(std::int64_t n, int voters) {
  return kernel_cost(voters * n, voters * sign_payload_bytes(n) + 4 * n, 1);
}

/// First launch: p, written to error, and its mean magnitude (3 operations; 3 arrays). Second: error and bits (2; 2 arrays).
constexpr KernelCost scaled_sign_encode_cost(std::int64_t n) {
  return kernel_cost(5 * n, 20 * n + scaled_sign_payload_bytes(n), 2);
}

/// Reads every rank's bits once; per rank and element a selection and an addition.
constexpr KernelCost scaled_sign_mean_cost(std::int64_t n, int count) {
  return kernel_cost(2 * count * n, count * scaled_sign_payload_bytes(n) + 4 * n, 1);
}

namespace reference {
decltype(kernels::sign_pack) sign_pack;
decltype(kernels::majority_vote) majority_vote;
decltype(kernels::scaled_sign_encode) scaled_sign_encode;
decltype(kernels::scaled_sign_mean) scaled_sign_mean;
}  // namespace reference

namespace cpu {
decltype(kernels::sign_pack) sign_pack;
decltype(kernels::majority_vote) majority_vote;
decltype(kernels::scaled_sign_encode) scaled_sign_encode;
decltype(kernels::scaled_sign_mean) scaled_sign_mean;
}  // namespace cpu

namespace cuda {
decltype(kernels::sign_pack) sign_pack;
decltype(kernels::majority_vote) majority_vote;
decltype(kernels::scaled_sign_encode) scaled_sign_encode;
decltype(kernels::scaled_sign_mean) scaled_sign_mean;
}  // namespace cuda

}  // namespace syncline::kernels
