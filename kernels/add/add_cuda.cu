#include "kernels/add/add.h"
#include "kernels/cuda_call.cuh"

namespace syncline::kernels::cuda {
namespace {

constexpr int kAtOnce = 4;  // elements of a thread, all read before one is written: so that a GPU waits for many at a time

__global__ void sum(int count, std::int64_t n, Strided<const float> a, Strided<const float> b, Strided<float> out) {
  const std::int64_t first = std::int64_t{blockIdx.x} * (kAtOnce * kThreads) + threadIdx.x;
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    float sums[kAtOnce] = {};
    for (int c = 0; c < kAtOnce; ++c) {
      const std::int64_t i = first + c * kThreads;
      if (i < n) sums[c] = a.data[r * a.stride + i] + b.data[r * b.stride + i];
    }
    for (int c = 0; c < kAtOnce; ++c) {
      const std::int64_t i = first + c * kThreads;
      if (i < n) out.data[r * out.stride + i] = sums[c];
    }
  }
}

}  // namespace

void add(const Device& device, int count, std::int64_t n, Strided<const float> a, Strided<const float> b, Strided<float> out) {
  launch(device, "add", sum, {blocks_for(n, kAtOnce * kThreads), count}, count, n, a, b, out);
}

}  // namespace syncline::kernels::cuda
