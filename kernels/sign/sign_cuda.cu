#include <algorithm>

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

__global__ void pack(int count, std::int64_t n, Strided<const float> x, Strided<std::uint32_t> bits) {
  const std::int64_t i = this_element();
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    pack_word(i < n && x.data[r * x.stride + i] >= 0, i, n, bits.data + r * bits.stride);
  }
}

__global__ void vote(int voters, std::int64_t n, Strided<const std::uint32_t> bits, float* out) {
  const std::int64_t i = this_element();
  if (i >= n) return;
  int balance = 0;
  for (int r = 0; r < voters; ++r) balance += bit(bits, r, i) ? 1 : -1;
  out[i] = balance > 0 ? 1.0F : balance < 0 ? -1.0F : 0.0F;
}

/// The lane_sum of `size` values in shared memory, for thread 0: 16 threads are its lanes. All threads of the block come here.
__device__ float lane_sum_of(const float* values, int size, float* lanes) {
  const int l = static_cast<int>(threadIdx.x);
  __syncthreads();
  if (l < kSumLanes) {
    lanes[l] = 0;
    for (int i = l; i < size; i += kSumLanes) lanes[l] += values[i];
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
__device__ double sum_in_order(const float* sums, std::int64_t blocks, float* chunk) {
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

/// error += gradient in the block's kSumBlock elements, and the lane_sum of their magnitudes to sums [row][block]. The last
/// block of a row to be done, by the row's count in `done` [row], makes the scale of them.
__global__ void add_and_measure(int count, std::int64_t n, Strided<const float> gradient, Strided<float> error, float* sums,
                                unsigned* done, float* scale) {
  __shared__ float magnitudes[kSumBlock];
  __shared__ float lanes[kSumLanes];
  __shared__ bool is_last;
  const std::int64_t begin = blockIdx.x * kSumBlock;
  const int size = static_cast<int>(n - begin < kSumBlock ? n - begin : kSumBlock);
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    for (int i = static_cast<int>(threadIdx.x); i < size; i += kThreads) {
      float& e = error.data[r * error.stride + begin + i];
      e += gradient.data[r * gradient.stride + begin + i];
      magnitudes[i] = fabsf(e);
    }
    const float sum = lane_sum_of(magnitudes, size, lanes);
    if (threadIdx.x == 0) {
      sums[r * gridDim.x + blockIdx.x] = sum;
      __threadfence();  // the sum before the count
      is_last = atomicAdd(done + r, 1U) == gridDim.x - 1;
      __threadfence();  // and the count before the others' sums
    }
    __syncthreads();
    if (is_last) {
      const double all = sum_in_order(sums + r * gridDim.x, gridDim.x, magnitudes);
      if (threadIdx.x == 0) scale[r] = n == 0 ? 0.0F : static_cast<float>(all / static_cast<double>(n));
    }
    __syncthreads();  // nobody has gone on to the next row while another needs this one's
  }
}

__global__ void send(int count, std::int64_t n, const float* scale, Strided<float> error, Strided<std::uint32_t> bits) {
  const std::int64_t i = this_element();
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    float* e = error.data + r * error.stride + i;
    const bool positive = i < n && *e >= 0;
    pack_word(positive, i, n, bits.data + r * bits.stride);
    if (i < n) *e -= positive ? scale[r] : -scale[r];
  }
}

__global__ void mean_of_signs(int count, std::int64_t n, Strided<const std::uint32_t> bits, const float* scale, float* out) {
  const std::int64_t i = this_element();
  if (i >= n) return;
  float sum = 0;
  for (int r = 0; r < count; ++r) sum += bit(bits, r, i) ? scale[r] : -scale[r];
  out[i] = sum * (1.0F / static_cast<float>(count));
}

}  // namespace

void sign_pack(const Device& device, int count, std::int64_t n, Strided<const float> x, Strided<std::uint32_t> bits) {
  launch(device, "sign_pack", pack, {blocks_for(n), count}, count, n, x, bits);
}

void majority_vote(const Device& device, int voters, std::int64_t n, Strided<const std::uint32_t> bits, float* out) {
  launch(device, "majority_vote", vote, {blocks_for(n)}, voters, n, bits, out);
}

void scaled_sign_encode(const Device& device, int count, std::int64_t n, Strided<const float> gradient, Strided<float> error,
                        Strided<std::uint32_t> bits, float* scale) {
  const std::int64_t blocks = std::max<std::int64_t>(1, (n + kSumBlock - 1) / kSumBlock);  // of nothing, too, there is a scale
  const std::shared_ptr<void> scratch = allocate(device, static_cast<std::size_t>(count * (blocks + 1)) * sizeof(float));
  auto* const sums = static_cast<float*>(scratch.get());
  auto* const done = reinterpret_cast<unsigned*>(sums + count * blocks);  // none yet: scratch begins as zeros
  launch(device, "scaled_sign_encode, sums", add_and_measure, {blocks, count}, count, n, gradient, error, sums, done, scale);
  launch(device, "scaled_sign_encode, signs", send, {blocks_for(n), count}, count, n, scale, error, bits);
}

void scaled_sign_mean(const Device& device, int count, std::int64_t n, Strided<const std::uint32_t> bits, const float* scale,
                      float* out) {
  launch(device, "scaled_sign_mean", mean_of_signs, {blocks_for(n)}, count, n, bits, scale, out);
}

}  // namespace syncline::kernels::cuda
