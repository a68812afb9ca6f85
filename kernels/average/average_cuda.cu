#include "kernels/average/average.h"
#include "kernels/cuda_call.cuh"

namespace syncline::kernels::cuda {
namespace {

__global__ void mean_of_rows(int count, std::int64_t n, Strided<const float> in, float* out) {
  const std::int64_t i = this_element();
  if (i >= n) return;
  float sum = in.data[i];
  for (int r = 1; r < count; ++r) sum += in.data[r * in.stride + i];
  out[i] = sum * (1.0F / static_cast<float>(count));
}

__global__ void copy_to_rows(std::int64_t n, const float* in, Strided<float> out) {
  const std::int64_t i = this_element();
  if (i < n) out.data[blockIdx.y * out.stride + i] = in[i];
}

}  // namespace

void average(const Device&, int count, std::int64_t n, Strided<const float> in, float* out) {
  launch("average", mean_of_rows, blocks_for(n), 1, count, n, in, out);
}

void broadcast_copy(const Device&, int count, std::int64_t n, const float* in, Strided<float> out) {
  launch("broadcast_copy", copy_to_rows, blocks_for(n), count, n, in, out);
}

}  // namespace syncline::kernels::cuda
