// The arithmetic of an all-reduce among replicas that share a memory, and of handing every replica the same numbers.
#pragma once

#include "kernels/device.h"

namespace syncline::kernels {

/// out [n] = the mean of in [count][n], summed in the order of the replicas, times 1 / count; out may be replica 0's.
void average(const Device& device, int count, std::int64_t n, Strided<const float> in, float* out);

/// x [n] times `factor`: where a sum comes from elsewhere.
void scale(const Device& device, std::int64_t n, float factor, float* x);

/// out [count][n] = in [n], for each; in may be one of them.
void broadcast_copy(const Device& device, int count, std::int64_t n, const float* in, Strided<float> out);

namespace reference {
decltype(kernels::average) average;
decltype(kernels::scale) scale;
decltype(kernels::broadcast_copy) broadcast_copy;
}  // namespace reference

namespace cpu {
decltype(kernels::average) average;
decltype(kernels::scale) scale;
decltype(kernels::broadcast_copy) broadcast_copy;
}  // namespace cpu

namespace cuda {
decltype(kernels::average) average;
decltype(kernels::scale) scale;
decltype(kernels::broadcast_copy) broadcast_copy;
}  // namespace cuda

}  // namespace syncline::kernels
