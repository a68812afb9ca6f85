#include "kernels/cuda_call.cuh"
#include "kernels/narrow/narrow.h"
#include "kernels/narrow/narrow_bits.h"

namespace syncline::kernels::cuda {
namespace {

constexpr int kAtOnce = 8;  // elements of a thread, all read before one is written

template <Narrow format>
__global__ void rounded(int count, std::int64_t n, Strided<const float> from, Strided<float> to) {
  const std::int64_t first = std::int64_t{blockIdx.x} * (kAtOnce * kThreads) + threadIdx.x;
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    float x[kAtOnce];
    for (int c = 0; c < kAtOnce; ++c) {
      const std::int64_t i = first + c * kThreads;
      x[c] = i < n ? from.data[r * from.stride + i] : 0.0F;
    }
    for (int c = 0; c < kAtOnce; ++c) {
      const std::int64_t i = first + c * kThreads;
      if (i < n) to.data[r * to.stride + i] = format == Narrow::fp16 ? narrow::to_fp16(x[c]) : narrow::to_bf16(x[c]);
    }
  }
}

}  // namespace

void round_narrow(const Device& device, int count, std::int64_t n, Narrow format, Strided<const float> from, Strided<float> to) {
  const auto kernel = format == Narrow::fp16 ? rounded<Narrow::fp16> : rounded<Narrow::bf16>;
  launch(device, "round_narrow", kernel, {blocks_for(n, kAtOnce * kThreads), count}, count, n, from, to);
}

}  // namespace syncline::kernels::cuda
