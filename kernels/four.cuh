// Four elements side by side, of one thread.
#pragma once

#include "kernels/cuda_call.cuh"

namespace syncline::kernels::cuda {

/// The first `left` of the four values, by one instruction where `to` is on a boundary of 16 bytes.
__device__ inline void store_four(float* to, const float (&values)[4], std::int64_t left) {
  if (left >= 4 && reinterpret_cast<std::uintptr_t>(to) % sizeof(float4) == 0) {
    *reinterpret_cast<float4*>(to) = make_float4(values[0], values[1], values[2], values[3]);
    return;
  }
  for (int c = 0; c < 4; ++c) {
    if (c < left) to[c] = values[c];
  }
}

}  // namespace syncline::kernels::cuda
