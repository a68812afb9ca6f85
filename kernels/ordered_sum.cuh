// The sums of kernels/ordered_sum.h by the threads of a block.
#pragma once

#include "kernels/lane_sum.cuh"

namespace syncline::kernels::cuda {

/// The lane_sum of `size` values in shared memory, for thread 0: 16 threads are its lanes. All threads of the block come here.
__device__ inline float block_lane_sum(const float* values, int size) {
  __syncthreads();
  if (threadIdx.x >= warpSize) return 0;
  float sum = 0;
  if (threadIdx.x < kSumLanes) {
#pragma unroll 8
    for (int i = static_cast<int>(threadIdx.x); i < size; i += kSumLanes) sum += values[i];
  }
  return fold_lanes(sum);
}

/// The sum of the blocks' sums in their order, for thread 0. They come by way of `chunk`, kThreads in shared memory: one
/// thread alone would wait for each. All threads of the block come here.
__device__ inline double block_sum_in_order(const float* sums, std::int64_t blocks, float* chunk) {
  double sum = 0;
  for (std::int64_t begin = 0; begin < blocks; begin += kThreads) {
    const std::int64_t size = blocks - begin < kThreads ? blocks - begin : kThreads;
    __syncthreads();
    if (threadIdx.x < size) chunk[threadIdx.x] = __ldcg(sums + begin + threadIdx.x);  // past the cache: others wrote them
    __syncthreads();
    for (std::int64_t i = 0; threadIdx.x == 0 && i < size; ++i) sum += chunk[i];
  }
  return sum;
}

}  // namespace syncline::kernels::cuda
