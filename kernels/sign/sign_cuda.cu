#include "kernels/cuda_call.cuh"
#include "kernels/device_cuda.h"
#include "kernels/ordered_sum.h"
#include "kernels/sign/sign.h"

namespace syncline::kernels::cuda {
namespace {

constexpr unsigned kAllLanes = ~0U;

/// A warp's 32 signs are a word. All threads of a warp come here, also those beyond the end.
__device__ void pack_word(bool positive, std::int64_t i, std::int64_t n, std::uint32_t* bits) {
  const std::uint32_t word = __ballot_sync(kAllLanes, positive);
  if (i < n && i % 32 == 0) bits[i / 32] = word;
}

__device__ bool bit(Strided<const std::uint32_t> bits, int r, std::int64_t i) {
  return bits.data[r * bits.stride + i / 32] >> (i % 32) & 1;
}

__global__ void pack(std::int64_t n, Strided<const float> x, Strided<std::uint32_t> bits) {
  const std::int64_t i = this_element(), r = blockIdx.y;
  pack_word(i < n && x.data[r * x.stride + i] >= 0, i, n, bits.data + r * bits.stride);
}

__global__ void vote(int voters, std::int64_t n, Strided<const std::uint32_t> bits, float* out) {
  const std::int64_t i = this_element();
  if (i >= n) return;
  int balance = 0;
  for (int r = 0; r < voters; ++r) balance += bit(bits, r, i) ? 1 : -1;
  out[i] = balance > 0 ? 1.0F : balance < 0 ? -1.0F : 0.0F;
}

/// error += gradient in the block's kSumBlock elements, and the lane_sum of their magnitudes: 16 threads are its lanes.
__global__ void add_and_measure(std::int64_t n, Strided<const float> gradient, Strided<float> error, float* sums) {
  __shared__ float magnitudes[kSumBlock];
  __shared__ float lanes[kSumLanes];
  const std::int64_t r = blockIdx.y, begin = blockIdx.x * kSumBlock;
  const int size = static_cast<int>(n - begin < kSumBlock ? n - begin : kSumBlock);
  for (int i = static_cast<int>(threadIdx.x); i < size; i += kThreads) {
    float& e = error.data[r * error.stride + begin + i];
    e += gradient.data[r * gradient.stride + begin + i];
    magnitudes[i] = fabsf(e);
  }
  __syncthreads();
  if (threadIdx.x < kSumLanes) {
    float sum = 0;
    for (int i = static_cast<int>(threadIdx.x); i < size; i += kSumLanes) sum += magnitudes[i];
    lanes[threadIdx.x] = sum;
  }
  __syncthreads();
  if (threadIdx.x != 0) return;
  for (int half = kSumLanes / 2; half > 0; half /= 2) {
    for (int l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  }
  sums[r * gridDim.x + blockIdx.x] = lanes[0];
}

/// One thread a row: the blocks' sums in their order.
__global__ void average_magnitude(int count, std::int64_t n, std::int64_t blocks, const float* sums, float* scale) {
  const std::int64_t r = this_element();
  if (r >= count) return;
  double sum = 0;
  for (std::int64_t block = 0; block < blocks; ++block) sum += sums[r * blocks + block];
  scale[r] = n == 0 ? 0.0F : static_cast<float>(sum / static_cast<double>(n));
}

__global__ void send(std::int64_t n, const float* scale, Strided<float> error, Strided<std::uint32_t> bits) {
  const std::int64_t i = this_element(), r = blockIdx.y;
  float* e = error.data + r * error.stride + i;
  const bool positive = i < n && *e >= 0;
  pack_word(positive, i, n, bits.data + r * bits.stride);
  if (i < n) *e -= positive ? scale[r] : -scale[r];
}

__global__ void mean_of_signs(int count, std::int64_t n, Strided<const std::uint32_t> bits, const float* scale, float* out) {
  const std::int64_t i = this_element();
  if (i >= n) return;
  float sum = 0;
  for (int r = 0; r < count; ++r) sum += bit(bits, r, i) ? scale[r] : -scale[r];
  out[i] = sum * (1.0F / static_cast<float>(count));
}

}  // namespace

void sign_pack(const Device&, int count, std::int64_t n, Strided<const float> x, Strided<std::uint32_t> bits) {
  launch("sign_pack", pack, blocks_for(n), count, n, x, bits);
}

void majority_vote(const Device&, int voters, std::int64_t n, Strided<const std::uint32_t> bits, float* out) {
  launch("majority_vote", vote, blocks_for(n), 1, voters, n, bits, out);
}

void scaled_sign_encode(const Device&, int count, std::int64_t n, Strided<const float> gradient, Strided<float> error,
                        Strided<std::uint32_t> bits, float* scale) {
  const std::int64_t blocks = (n + kSumBlock - 1) / kSumBlock;
  const std::shared_ptr<void> scratch = allocate(static_cast<std::size_t>(count * blocks) * sizeof(float));  // [row][block]
  float* const sums = static_cast<float*>(scratch.get());
  launch("scaled_sign_encode, sums", add_and_measure, blocks, count, n, gradient, error, sums);
  launch("scaled_sign_encode, scale", average_magnitude, blocks_for(count), 1, count, n, blocks, sums, scale);
  launch("scaled_sign_encode, signs", send, blocks_for(n), count, n, scale, error, bits);
}

void scaled_sign_mean(const Device&, int count, std::int64_t n, Strided<const std::uint32_t> bits, const float* scale,
                      float* out) {
  launch("scaled_sign_mean", mean_of_signs, blocks_for(n), 1, count, n, bits, scale, out);
}

}  // namespace syncline::kernels::cuda
