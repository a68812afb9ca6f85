#include "kernels/dropout/dropout.h"
#include "kernels/lane_sum.cuh"
#include "kernels/packs.cuh"
#include "kernels/random.h"

namespace syncline::kernels::cuda {
namespace {

struct Forward {
  float probability, scale;
  DropoutKey key;
  Strided<const float> x;
  Strided<float> y;
  Strided<std::uint8_t> mask;
};

/// Whether to keep each of the thread's 4 elements from i on, in bits 0-3. A warp has two groups of random numbers (kernels/random.h), a
/// half each: a thread draws for four elements that are 16 apart, with one counter, and then asks the others for what they drew
/// for the four that lie side by side. All threads of a warp come here.
__device__ unsigned keeps(const DropoutKey& key, std::uint32_t row, float probability, std::int64_t i) {
  const unsigned lane = threadIdx.x % 32, of_group = lane % 16;
  const std::uint64_t counter = static_cast<std::uint64_t>(i) / kRandomGroup * 16 + of_group;
  const auto words =
      philox4x32({static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32), row, 0}, key.key);
  unsigned mine = 0;
#pragma unroll
  for (unsigned c = 0; c < 4; ++c) {
    const unsigned all = __ballot_sync(kAllLanes, unit_float(words[c]) >= probability);  // elements 16 c .. of both groups
    if (of_group / 4 == c) mine = all >> (lane / 16 * 16 + of_group % 4 * 4);
  }
  return mine & 15;
}

/// A thread has 4 elements side by side, in packs of kSize.
template <int kSize>
__global__ void forward(int count, std::int64_t n, Forward of) {
  const std::int64_t first = this_element() * 4;
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    const unsigned kept = keeps(of.key, of.key.first_row + static_cast<std::uint32_t>(r), of.probability, first);
#pragma unroll
    for (int part = 0; part < 4; part += kSize) {
      const std::int64_t i = first + part;
      if (i >= n) break;
      const auto x = load_pack<kSize>(of.x.of(r) + i);
      Pack<float, kSize> y;
      Pack<std::uint8_t, kSize> mask;
      for (int j = 0; j < kSize; ++j) {
        const bool keep = (kept >> (part + j) & 1) != 0;
        y.of[j] = keep ? x.of[j] * of.scale : 0.0F;
        mask.of[j] = keep ? 1 : 0;
      }
      store_pack<kSize>(of.y.of(r) + i, y);
      store_pack<kSize>(of.mask.of(r) + i, mask);
    }
  }
}

struct WhereKept {
  float scale;
  __device__ float operator()(std::int64_t, std::uint8_t mask, float dy) const { return mask != 0 ? dy * scale : 0.0F; }
};

}  // namespace

void dropout_forward(const Device& device, std::int64_t features, Replicas replicas, float probability, const DropoutKey& key,
                     Strided<const float> x, Strided<float> y, Strided<std::uint8_t> mask) {
  const std::int64_t n = features * replicas.batch;
  const Forward of{probability, dropout_scale(probability), key, x, y, mask};
  launch(device, "dropout_forward", take_packs(n, x, y, mask) ? forward<4> : forward<1>,
         {blocks_for(n, 4 * kThreads), replicas.count}, replicas.count, n, of);
}

void dropout_backward(const Device& device, std::int64_t features, Replicas replicas, float probability,
                      Strided<const std::uint8_t> mask, Strided<const float> dy, Strided<float> dx) {
  map_rows(device, "dropout_backward", replicas.count, features * replicas.batch, WhereKept{dropout_scale(probability)}, dx, mask,
           dy);
}

}  // namespace syncline::kernels::cuda
