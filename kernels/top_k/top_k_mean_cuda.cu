#include "kernels/cuda_call.cuh"
#include "kernels/top_k/top_k.h"

namespace syncline::kernels::cuda {
namespace {

constexpr int kStretch = 8192;              // elements of `out` that a block of threads sums, in shared memory
constexpr int kRanksAtOnce = kThreads / 2;  // whose indices are searched at the same time, both ends by a thread each

/// How many of the k rising indices are less than i.
__device__ std::int64_t less_than(std::int64_t i, const std::int32_t* indices, std::int64_t k) {
  std::int64_t begin = 0, end = k;
  while (begin < end) {
    const std::int64_t middle = begin + (end - begin) / 2;
    if (indices[middle] < i) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

__global__ void mean_of_stretch(int count, std::int64_t n, std::int64_t k, Strided<const float> values,
                                Strided<const std::int32_t> indices, float* out) {
  __shared__ float sums[kStretch];
  __shared__ std::int64_t ends[kThreads];  // [rank][where its part begins, ends]
  const std::int64_t begin = std::int64_t{blockIdx.x} * kStretch;
  const int size = static_cast<int>(min(n - begin, std::int64_t{kStretch})), t = static_cast<int>(threadIdx.x);
  for (int i = t; i < size; i += kThreads) sums[i] = 0;
  for (int first = 0; first < count; first += kRanksAtOnce) {
    __syncthreads();  // the last ranks' ends aren't needed any more
    const int ranks = min(count - first, kRanksAtOnce);
    if (t < 2 * ranks) {
      ends[t] = less_than(begin + t % 2 * size, indices.data + (first + t / 2) * indices.stride, k);
    }
    __syncthreads();
    for (int r = 0; r < ranks; ++r) {
      const std::int32_t* index = indices.data + (first + r) * indices.stride;
      const float* value = values.data + (first + r) * values.stride;
      for (std::int64_t j = ends[2 * r] + t; j < ends[2 * r + 1]; j += kThreads) sums[index[j] - begin] += value[j];
      __syncthreads();  // the next rank may have chosen the same elements
    }
  }
  const float share = 1.0F / static_cast<float>(count);
  for (int i = t; i < size; i += kThreads) out[begin + i] = sums[i] * share;
}

}  // namespace

void top_k_mean(const Device& device, int count, std::int64_t n, std::int64_t k, Strided<const float> values,
                Strided<const std::int32_t> indices, float* out) {
  launch(device, "top_k_mean", mean_of_stretch, {blocks_for(n, kStretch)}, count, n, k, values, indices, out);
}

}  // namespace syncline::kernels::cuda
