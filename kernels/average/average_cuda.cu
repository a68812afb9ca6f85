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

__global__ void multiply(std::int64_t n, float factor, float* x) {
  const std::int64_t i = this_element();
  if (i < n) x[i] *= factor;
}

__global__ void copy_to_rows(int count, std::int64_t n, const float* in, Strided<float> out) {
  const std::int64_t i = this_element();
  if (i >= n) return;
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) out.data[r * out.stride + i] = in[i];
}

}  // namespace

void average(const Device& device, int count, std::int64_t n, Strided<const float> in, float* out) {
  launch(device, "average", mean_of_rows, {blocks_for(n)}, count, n, in, out);
}

void scale(const Device& device, std::int64_t n, float factor, float* x) {
  launch(device, "scale", multiply, {blocks_for(n)}, n, factor, x);
}

void broadcast_copy(const Device& device, int count, std::int64_t n, const float* in, Strided<float> out) {
  launch(device, "broadcast_copy", copy_to_rows, {blocks_for(n), count}, count, n, in, out);
}

}  // namespace syncline::kernels::cuda
