// The sums of kernels/ordered_sum.h by the threads of a block.
#pragma once

#include "kernels/cuda_call.cuh"
#include "kernels/ordered_sum.h"

namespace syncline::kernels::cuda {

/// The lane_sum of `size` values in shared memory, for thread 0: 16 threads are its lanes. All threads of the block come here.
__device__ inline float block_lane_sum(const float* values, int size, float* lanes) {
  const int l = static_cast<int>(threadIdx.x);
  __syncthreads();
  if (l < kSumLanes) {
    float sum = 0;
    for (int i = l; i < size; i += kSumLanes) sum += values[i];
    lanes[l] = sum;
  }
  __syncthreads();
  if (l != 0) return 0;
  for (int half = kSumLanes / 2; half > 0; half /= 2) {
    for (int other = 0; other < half; ++other) lanes[other] += lanes[other + half];
  }
  return lanes[0];
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
