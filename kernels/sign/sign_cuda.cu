#include <algorithm>

#include "kernels/device_cuda.h"
#include "kernels/four.cuh"
#include "kernels/last_block.cuh"
#include "kernels/ordered_sum.cuh"
#include "kernels/sign/sign.h"

namespace syncline::kernels::cuda {
namespace {

constexpr int kWarps = kThreads / 32;
constexpr int kWords = 8;  // that a warp takes at once: a thread's readings for them are all under way together

/// A warp's kWords words, and this thread's place in them.
struct Stretch {
  std::int64_t first = (std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32) * (32 * kWords);
  int lane = static_cast<int>(threadIdx.x % 32);
};

/// x[w] is element 32 w + lane of the warp's stretch; NaN, whose bit is 0, beyond the end.
__device__ void load_words(const float* from, std::int64_t n, const Stretch& here, float (&x)[kWords]) {
  const std::int64_t i = here.first + here.lane;
  for (int w = 0; w < kWords; ++w) x[w] = i + 32 * w < n ? from[i + 32 * w] : nanf("");
}

/// All threads of a warp come here.
__device__ void store_signs(const float (&x)[kWords], std::int64_t n, const Stretch& here, std::uint32_t* bits) {
  std::uint32_t mine = 0;  // the word of the lane of its number
  for (int w = 0; w < kWords; ++w) {
    const std::uint32_t word = __ballot_sync(kAllLanes, x[w] >= 0);
    if (here.lane == w) mine = word;
  }
  if (here.lane < kWords && here.first + 32 * here.lane < n) bits[here.first / 32 + here.lane] = mine;
}

__global__ void pack(int count, std::int64_t n, Strided<const float> x, Strided<std::uint32_t> bits) {
  const Stretch here;
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    float values[kWords];
    load_words(x.data + r * x.stride, n, here, values);
    store_signs(values, n, here, bits.data + r * bits.stride);
  }
}

/// Counts the ones of 32 columns at once: plane j holds bit j of every column's count. kPlanes are enough for 2^kPlanes - 1.
template <int kPlanes>
struct ColumnCounts {
  std::uint32_t planes[kPlanes] = {};

  __device__ void add(std::uint32_t carry) {
#pragma unroll
    for (int j = 0; j < kPlanes; ++j) {
      const std::uint32_t next = planes[j] & carry;
      planes[j] ^= carry;
      carry = next;
    }
  }
  /// The columns that count more than `count`, and those that count just as many.
  __device__ void compare(unsigned count, std::uint32_t& more, std::uint32_t& equal) const {
    more = 0;
    equal = ~0U;
#pragma unroll
    for (int j = kPlanes - 1; j >= 0; --j) {
      const std::uint32_t bit = 0U - (count >> j & 1);
      more |= equal & planes[j] & ~bit;
      equal &= ~(planes[j] ^ bit);
    }
  }
};

/// A thread counts for a word; then its warp writes one word after the other, each thread an element.
template <int kPlanes>
__global__ void vote(int voters, std::int64_t n, Strided<const std::uint32_t> bits, float* out) {
  const std::int64_t word = this_element();
  ColumnCounts<kPlanes> ones;
#pragma unroll 8
  for (int r = 0; r < voters; ++r) ones.add(32 * word < n ? bits.data[r * bits.stride + word] : 0U);
  std::uint32_t more = 0, half = 0;
  ones.compare(static_cast<unsigned>(voters) / 2, more, half);
  if (voters % 2 == 1) half = 0;  // no tie
  const int lane = static_cast<int>(threadIdx.x % 32);
  for (int w = 0; w < 32; ++w) {
    const std::uint32_t won = __shfl_sync(kAllLanes, more, w), tied = __shfl_sync(kAllLanes, half, w);
    const std::int64_t i = 32 * (word - lane + w) + lane;
    if (i < n) out[i] = won >> lane & 1 ? 1.0F : tied >> lane & 1 ? 0.0F : -1.0F;
  }
}

/// The sum of the blocks' sums, none below 0, for thread 0; and for all threads whether it is exact, in whatever order it's taken:
/// where it is less than 2^53 units of the smallest sum's last place.
__device__ double sum_if_exact(const float* sums, std::int64_t blocks, bool& exact) {
  __shared__ double of_warp[kWarps];
  __shared__ int least_of_warp[kWarps];
  __shared__ bool is_exact;
  double sum = 0;
  int least = 255;  // exponent of a float that isn't 0, as its bits have it
  for (std::int64_t i = threadIdx.x; i < blocks; i += kThreads) {
    const float value = __ldcg(sums + i);  // past the cache: others wrote them
    sum += value;
    if (value != 0) least = min(least, max(1, static_cast<int>(__float_as_uint(value) >> 23 & 255)));
  }
  for (unsigned distance = 16; distance > 0; distance /= 2) {
    sum += __shfl_down_sync(kAllLanes, sum, distance);
    least = min(least, __shfl_down_sync(kAllLanes, least, distance));
  }
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = sum, least_of_warp[threadIdx.x / 32] = least;
  __syncthreads();
  if (threadIdx.x == 0) {
    for (int w = 1; w < kWarps; ++w) sum += of_warp[w], least = min(least, least_of_warp[w]);
    is_exact = sum < ldexp(1.0, least - 127 - 23 + 53);  // false for NaN
  }
  __syncthreads();
  exact = is_exact;
  return sum;
}

/// The sum of the blocks' sums as their order gives it, for thread 0; `chunk` is block_sum_in_order's. All threads of the block come
/// here.
__device__ double sum_in_order(const float* sums, std::int64_t blocks, float* chunk) {
  bool exact = false;
  const double sum = sum_if_exact(sums, blocks, exact);
  return exact ? sum : block_sum_in_order(sums, blocks, chunk);
}

/// error += gradient in the kSumBlock elements from `begin`, and their magnitudes to shared memory.
__device__ void add_block(std::int64_t begin, int size, const float* gradient, float* error, float* magnitudes) {
  constexpr int kAtOnce = 8;
  for (int first = static_cast<int>(threadIdx.x); first < size; first += kAtOnce * kThreads) {
    float p[kAtOnce];
    for (int c = 0; c < kAtOnce; ++c) {
      const int i = first + c * kThreads;
      if (i < size) p[c] = error[begin + i] + gradient[begin + i];
    }
    for (int c = 0; c < kAtOnce; ++c) {
      const int i = first + c * kThreads;
      if (i < size) error[begin + i] = p[c], magnitudes[i] = fabsf(p[c]);
    }
  }
}

/// error += gradient in the block's kSumBlock elements, and the lane_sum of their magnitudes to sums [row][block]. The last
/// block of a row to be done, by the row's count in `done` [row], makes the scale of them.
__global__ void add_and_measure(int count, std::int64_t n, Strided<const float> gradient, Strided<float> error, float* sums,
                                unsigned* done, float* scale) {
  __shared__ float magnitudes[kSumBlock];
  const std::int64_t begin = blockIdx.x * kSumBlock;
  const int size = static_cast<int>(min(n - begin, kSumBlock));
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    add_block(begin, size, gradient.data + r * gradient.stride, error.data + r * error.stride, magnitudes);
    const float sum = block_lane_sum(magnitudes, size);
    if (threadIdx.x == 0) sums[r * gridDim.x + blockIdx.x] = sum;
    if (is_last_block(done + r)) {
      const double all = sum_in_order(sums + r * gridDim.x, gridDim.x, magnitudes);
      if (threadIdx.x == 0) scale[r] = n == 0 ? 0.0F : static_cast<float>(all / static_cast<double>(n));
    }
    __syncthreads();  // nobody has gone on to the next row while another needs this one's
  }
}

__global__ void send(int count, std::int64_t n, const float* scale, Strided<float> error, Strided<std::uint32_t> bits) {
  const Stretch here;
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    float* e = error.data + r * error.stride;
    float p[kWords];
    load_words(e, n, here, p);
    store_signs(p, n, here, bits.data + r * bits.stride);
    for (int w = 0; w < kWords; ++w) {
      const std::int64_t i = here.first + here.lane + 32 * w;
      if (i < n) e[i] = p[w] - (p[w] >= 0 ? scale[r] : -scale[r]);
    }
  }
}

/// A thread takes four elements, whose bits are in one word.
__global__ void mean_of_signs(int count, std::int64_t n, Strided<const std::uint32_t> bits, const float* scale, float* out) {
  const std::int64_t i = 4 * this_element();
  if (i >= n) return;
  float sums[4] = {};
#pragma unroll 4
  for (int r = 0; r < count; ++r) {
    const std::uint32_t signs = bits.data[r * bits.stride + i / 32] >> (i % 32);
    for (int c = 0; c < 4; ++c) sums[c] += signs >> c & 1 ? scale[r] : -scale[r];
  }
  for (float& sum : sums) sum *= 1.0F / static_cast<float>(count);
  store_four(out + i, sums, n - i);
}

constexpr std::int64_t kStretch = kThreads * kWords;  // of a block

}  // namespace

void sign_pack(const Device& device, int count, std::int64_t n, Strided<const float> x, Strided<std::uint32_t> bits) {
  launch(device, "sign_pack", pack, {blocks_for(n, kStretch), count}, count, n, x, bits);
}

void majority_vote(const Device& device, int voters, std::int64_t n, Strided<const std::uint32_t> bits, float* out) {
  const auto kernel = voters < 16 ? vote<4> : voters < 256 ? vote<8> : vote<31>;
  launch(device, "majority_vote", kernel, {blocks_for(sign_words(n))}, voters, n, bits, out);
}

void scaled_sign_encode(const Device& device, int count, std::int64_t n, Strided<const float> gradient, Strided<float> error,
                        Strided<std::uint32_t> bits, float* scale) {
  const std::int64_t blocks = std::max<std::int64_t>(1, (n + kSumBlock - 1) / kSumBlock);  // of nothing, too, there is a scale
  const std::shared_ptr<void> scratch = allocate(device, static_cast<std::size_t>(count * (blocks + 1)) * sizeof(float));
  auto* const sums = static_cast<float*>(scratch.get());
  auto* const done = reinterpret_cast<unsigned*>(sums + count * blocks);  // none yet: scratch begins as zeros
  launch(device, "scaled_sign_encode, sums", add_and_measure, {blocks, count}, count, n, gradient, error, sums, done, scale);
  launch(device, "scaled_sign_encode, signs", send, {blocks_for(n, kStretch), count}, count, n, scale, error, bits);
}

void scaled_sign_mean(const Device& device, int count, std::int64_t n, Strided<const std::uint32_t> bits, const float* scale,
                      float* out) {
  launch(device, "scaled_sign_mean", mean_of_signs, {blocks_for(n, 4 * kThreads)}, count, n, bits, scale, out);
}

}  // namespace syncline::kernels::cuda
