// Gram-Schmidt with a block of threads for each matrix: of one column all others depend, but not on each other, so 16 threads are
// the lanes of each one's dot product, and all threads subtract.
#pragma once

#include "kernels/lane_sum.cuh"

namespace syncline::kernels::cuda {

constexpr int kOnChip = 11264;  // elements: 44 KiB of the 48 that a block may declare
constexpr int kGroups = kThreads / kSumLanes;

/// A factor's columns one after another, on the chip or not.
struct ColumnsOnGpu {
  float* data;
  std::int64_t rows;
  __device__ float& at(std::int64_t i, int k) const { return data[k * rows + i]; }
};

/// The lane_sum of a_k a_other, for lane 0 of each group of 16 threads; `other` is the group's own. All threads of a warp come
/// here.
__device__ inline float dot(const ColumnsOnGpu& a, int k, int other) {
  const int l = static_cast<int>(threadIdx.x) % kSumLanes;
  float sum = 0;
#pragma unroll 4
  for (std::int64_t i = l; i < a.rows; i += kSumLanes) sum += a.at(i, k) * a.at(i, other);
  return fold_lanes(sum);
}

/// Takes from the columns behind k, kGroups of them from `first`, what they have in common with column k.
__device__ inline void subtract_common(const ColumnsOnGpu& a, int rank, int k, int first, float* common) {
  const int group = static_cast<int>(threadIdx.x) / kSumLanes, others = min(kGroups, rank - first);
  const float mine = dot(a, k, first + (group < others ? group : 0));  // the groups beyond the end come along
  if (threadIdx.x % kSumLanes == 0) common[group] = mine;
  __syncthreads();
  for (int other = 0; other < others; ++other) {
    for (std::int64_t i = threadIdx.x; i < a.rows; i += kThreads) a.at(i, first + other) -= common[other] * a.at(i, k);
  }
  __syncthreads();
}

__device__ inline void gram_schmidt(const ColumnsOnGpu& a, int rank, float* common) {
  for (int k = 0; k < rank; ++k) {
    const float squares = dot(a, k, k);  // every group has the same
    if (threadIdx.x == 0) common[0] = sqrtf(squares);
    __syncthreads();
    for (std::int64_t i = threadIdx.x; i < a.rows && common[0] != 0; i += kThreads) a.at(i, k) /= common[0];
    __syncthreads();
    for (int first = k + 1; first < rank; first += kGroups) subtract_common(a, rank, k, first, common);
  }
}

/// Rows of the rank's factor to columns on the chip, or back.
template <class Copy>
__device__ void for_each_element(std::int64_t rows, int rank, const Copy& copy) {
  for (std::int64_t t = threadIdx.x; t < rows * rank; t += kThreads) copy(t, t / rank, static_cast<int>(t % rank));
  __syncthreads();
}

}  // namespace syncline::kernels::cuda
