#include <algorithm>

#include "kernels/four.cuh"
#include "kernels/lane_sum.cuh"
#include "kernels/qsgd/qsgd.h"
#include "kernels/random.h"

namespace syncline::kernels::cuda {
namespace {

constexpr int kOnChip = 8192;   // elements that a block of threads keeps, 32 KiB
constexpr int kStretch = 4096;  // that it takes, of buckets no larger than that
constexpr int kGroups = kThreads / kSumLanes;
constexpr int kWarps = kThreads / 32;

/// What a row is encoded with up to `end`, and where to.
struct Row {
  std::int64_t end;
  int levels;
  std::uint64_t key;
  std::uint32_t stream;
  std::uint32_t* codes;
};

/// Bit b of lane l goes to bit l of lane b: the four quarters of the square change places, then those of each, and so on. All
/// threads of a warp come here.
__device__ std::uint32_t transposed(std::uint32_t x) {
  const unsigned lane = threadIdx.x % 32;
  std::uint32_t lower = 0x0000ffff;  // the bits whose place lacks `half`
  for (unsigned half = 16; half > 0; half /= 2, lower ^= lower << half) {
    const std::uint32_t other = __shfl_xor_sync(kAllLanes, x, static_cast<int>(half));
    x = (lane & half) != 0 ? (x & ~lower) | (other >> half & lower) : (x & lower) | (other << half & ~lower);
  }
  return x;
}

/// The code of x, with `scale` = levels / norm, of random bits.
__device__ std::uint32_t code(float x, float scale, int levels, std::uint32_t random) {
  const float a = fminf(fabsf(x) * scale, static_cast<float>(levels));  // rounding errors, and NaN
  const float whole = floorf(a);
  const int level = min(levels, static_cast<int>(whole) + (unit_float(random) < a - whole ? 1 : 0));
  return static_cast<std::uint32_t>(x < 0 ? levels - level : levels + level);
}

/// Writes what the transposed codes of two groups of 64 elements, from `first`, have become. A code has kWidth bits of room, so
/// that part 0, 1, .. of a lane's bits is of elements 0-15, 16-31, .. of both groups. Lane kWidth part + j then holds bit j of one
/// part: of the first group's elements in its lower half, of the second's in the upper. Two parts' halves are a word.
template <int kWidth>
__device__ void store_planes(const Row& row, int bits, std::int64_t first, int first_part, std::uint32_t planes) {
  const int lane = static_cast<int>(threadIdx.x % 32), j = lane % kWidth, part = lane / kWidth;
  const std::uint32_t other = __shfl_xor_sync(kAllLanes, planes, kWidth);
  const std::uint32_t word = part % 2 == 0 ? (planes & 0xffff) | other << 16 : other >> 16 | (planes & 0xffff0000);
  const std::int64_t begin = first + part % 2 * kRandomGroup + (first_part + part) / 2 * 32;
  if (j < bits && begin < row.end) row.codes[begin / 32 * bits + j] = word;
}

/// Encodes the two groups of 64 elements from `first` on; x(i) and scale(i) are asked of elements before the end. A half of the warp has a
/// group, a thread four of its elements, 16 apart: so one counter's words serve it. All threads of a warp come here.
template <int kWidth, class Element, class Scale>
__device__ void encode_groups(const Row& row, std::int64_t first, const Element& x, const Scale& scale) {
  constexpr int kCodes = 32 / kWidth;
  const int lane = static_cast<int>(threadIdx.x % 32);
  const std::int64_t begin = first + lane / 16 * kRandomGroup + lane % 16;
  const std::uint64_t counter = static_cast<std::uint64_t>(begin) / kRandomGroup * 16 + lane % 16;
  const auto random =
      philox4x32({static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32), row.stream, 0}, row.key);
  const int bits = code_bits(row.levels);
#pragma unroll
  for (int c = 0; c < 4; c += kCodes) {
    std::uint32_t packed = 0;
#pragma unroll
    for (int d = 0; d < kCodes; ++d) {
      const std::int64_t i = begin + (c + d) * 16;
      if (i < row.end) packed |= code(x(i), scale(i), row.levels, random[c + d]) << d * kWidth;
    }
    store_planes<kWidth>(row, bits, first, c, transposed(packed));
  }
}

__device__ float scale_of(float norm, int levels) { return norm > 0 ? static_cast<float>(levels) / norm : 0.0F; }

/// For buckets of whole groups of 64 that fit on the chip: a block reads some, measures each, and encodes them.
template <int kWidth>
__global__ void encode_on_chip(int count, QsgdShape shape, int buckets_of_block, Strided<const float> x, std::uint64_t key,
                               Strided<float> norms, Strided<std::uint32_t> codes) {
  __shared__ float elements[kOnChip];
  __shared__ float scales[kStretch / kRandomGroup];
  const std::int64_t first_bucket = std::int64_t{blockIdx.x} * buckets_of_block, begin = first_bucket * shape.bucket;
  const int size = static_cast<int>(min(shape.n - begin, buckets_of_block * shape.bucket));
  const int bucket = static_cast<int>(shape.bucket), buckets = (size + bucket - 1) / bucket;
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    const float* from = x.data + r * x.stride + begin;
    __syncthreads();  // nobody reads the last row's elements any more
#pragma unroll 8
    for (int i = static_cast<int>(threadIdx.x); i < size; i += kThreads) elements[i] = from[i];
    __syncthreads();
    const int group = static_cast<int>(threadIdx.x) / kSumLanes, l = static_cast<int>(threadIdx.x) % kSumLanes;
    for (int b = group; b - group < buckets; b += kGroups) {
      float sum = 0;
      const int end = min(size, (b + 1) * bucket);
#pragma unroll 4
      for (int i = b * bucket + l; i < end; i += kSumLanes) sum += elements[i] * elements[i];
      const float norm = sqrtf(fold_lanes(sum));
      if (l == 0 && b < buckets) {
        norms.data[r * norms.stride + first_bucket + b] = norm;
        scales[b] = scale_of(norm, shape.levels);
      }
    }
    __syncthreads();
    const Row row{begin + size, shape.levels, key, static_cast<std::uint32_t>(shape.first_row + r),
                  codes.data + r * codes.stride};
    for (int i = static_cast<int>(threadIdx.x) / 32 * 2 * kRandomGroup; i < size; i += kWarps * 2 * kRandomGroup) {
      // A thread's four elements are of one group, and so of one bucket.
      const int mine = i + static_cast<int>(threadIdx.x) % 32 / 16 * kRandomGroup;
      const float scale = mine < size ? scales[mine / bucket] : 0.0F;
      encode_groups<kWidth>(
          row, begin + i, [&](std::int64_t at) { return elements[at - begin]; }, [&](std::int64_t) { return scale; });
    }
  }
}

/// The norm of each bucket, a block of threads each: it reads kOnChip elements at a time, for the 16 that are the lanes of the sum.
__global__ void measure(int count, QsgdShape shape, Strided<const float> x, Strided<float> norms) {
  __shared__ float elements[kOnChip];
  const std::int64_t end = min(shape.n, (blockIdx.x + 1) * shape.bucket);
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    float sum = 0;
    for (std::int64_t begin = blockIdx.x * shape.bucket; begin < end; begin += kOnChip) {
      const int size = static_cast<int>(min(end - begin, std::int64_t{kOnChip}));
      __syncthreads();  // nobody reads the last elements any more
#pragma unroll 8
      for (int i = static_cast<int>(threadIdx.x); i < size; i += kThreads) elements[i] = x.data[r * x.stride + begin + i];
      __syncthreads();
      if (threadIdx.x >= kSumLanes) continue;
#pragma unroll 8
      for (int i = static_cast<int>(threadIdx.x); i < size; i += kSumLanes) sum += elements[i] * elements[i];
    }
    if (threadIdx.x >= 32) continue;
    sum = fold_lanes(sum);
    if (threadIdx.x == 0) norms.data[r * norms.stride + blockIdx.x] = sqrtf(sum);
  }
}

/// The same, 16 threads each, for buckets so small that a block would have little to do.
__global__ void measure_small(int count, QsgdShape shape, Strided<const float> x, Strided<float> norms) {
  const std::int64_t bucket = this_element() / kSumLanes;
  const std::int64_t begin = bucket * shape.bucket, end = min(shape.n, begin + shape.bucket);
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    float sum = 0;
#pragma unroll 4
    for (std::int64_t i = begin + threadIdx.x % kSumLanes; i < end; i += kSumLanes) {
      const float element = x.data[r * x.stride + i];
      sum += element * element;
    }
    sum = fold_lanes(sum);
    if (threadIdx.x % kSumLanes == 0 && begin < shape.n) norms.data[r * norms.stride + bucket] = sqrtf(sum);
  }
}

/// For all other buckets, once they are measured: a warp takes two groups of 64 elements, whatever buckets they are of.
template <int kWidth>
__global__ void encode_measured(int count, QsgdShape shape, Strided<const float> x, std::uint64_t key, Strided<const float> norms,
                                Strided<std::uint32_t> codes) {
  const std::int64_t first = this_element() / 32 * (2 * kRandomGroup);
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    const Row row{shape.n, shape.levels, key, static_cast<std::uint32_t>(shape.first_row + r), codes.data + r * codes.stride};
    encode_groups<kWidth>(
        row, first, [&](std::int64_t i) { return x.data[r * x.stride + i]; },
        [&](std::int64_t i) { return scale_of(norms.data[r * norms.stride + i / shape.bucket], shape.levels); });
  }
}

/// A thread takes four elements, whose bits are in the same words.
__global__ void mean_of_codes(int count, QsgdShape shape, Strided<const float> norms, Strided<const std::uint32_t> codes,
                              float* out) {
  const std::int64_t i = 4 * this_element();
  if (i >= shape.n) return;
  const int bits = code_bits(shape.levels);
  std::int64_t bucket[4];
  std::int64_t b = i / shape.bucket, left = (b + 1) * shape.bucket - i;
  for (int c = 0; c < 4; ++c, --left) {
    if (left == 0) ++b, left = shape.bucket;
    bucket[c] = b;
  }
  float sums[4] = {};
  for (int r = 0; r < count; ++r) {
    const std::uint32_t* words = codes.data + r * codes.stride + i / 32 * bits;
    int code[4] = {};
    for (int j = 0; j < bits; ++j) {
      const std::uint32_t plane = words[j] >> (i % 32);
      for (int c = 0; c < 4; ++c) code[c] |= static_cast<int>(plane >> c & 1) << j;
    }
    float step = 0;
    for (int c = 0; c < 4; ++c) {
      if (i + c >= shape.n) break;
      if (c == 0 || bucket[c] != bucket[c - 1]) {
        step = norms.data[r * norms.stride + bucket[c]] / static_cast<float>(shape.levels);
      }
      sums[c] += step * static_cast<float>(code[c] - shape.levels);
    }
  }
  for (float& sum : sums) sum *= 1.0F / static_cast<float>(count);
  store_four(out + i, sums, shape.n - i);
}

template <int kWidth>
void encode(const Device& device, int count, const QsgdShape& shape, Strided<const float> x, std::uint64_t key,
            Strided<float> norms, Strided<std::uint32_t> codes) {
  const std::int64_t buckets = qsgd_norms(shape);
  if (shape.bucket <= kOnChip && shape.bucket % kRandomGroup == 0) {
    const int of_block = static_cast<int>(std::max<std::int64_t>(1, kStretch / shape.bucket));
    launch(device, "qsgd_encode", encode_on_chip<kWidth>, {blocks_for(buckets, of_block), count}, count, shape, of_block, x, key,
           norms, codes);
    return;
  }
  if (shape.bucket <= kOnChip) {
    launch(device, "qsgd_encode, norms", measure_small, {blocks_for(buckets, kGroups), count}, count, shape, x, norms);
  } else {
    launch(device, "qsgd_encode, norms", measure, {buckets, count}, count, shape, x, norms);
  }
  launch(device, "qsgd_encode, codes", encode_measured<kWidth>, {blocks_for(shape.n, kWarps * 2 * kRandomGroup), count}, count,
         shape, x, key, Strided<const float>{norms.data, norms.stride}, codes);
}

}  // namespace

void qsgd_encode(const Device& device, int count, const QsgdShape& shape, Strided<const float> x, std::uint64_t key,
                 Strided<float> norms, Strided<std::uint32_t> codes) {
  code_bits(shape.levels) <= 8 ? encode<8>(device, count, shape, x, key, norms, codes)
                               : encode<16>(device, count, shape, x, key, norms, codes);
}

void qsgd_mean(const Device& device, int count, const QsgdShape& shape, Strided<const float> norms,
               Strided<const std::uint32_t> codes, float* out) {
  launch(device, "qsgd_mean", mean_of_codes, {blocks_for(shape.n, 4 * kThreads)}, count, shape, norms, codes, out);
}

}  // namespace syncline::kernels::cuda
