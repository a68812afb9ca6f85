#include "kernels/blocks.h"
#include "kernels/dropout/dropout.h"
#include "kernels/random_lanes.h"

namespace syncline::kernels::cpu {
namespace {

constexpr std::int64_t kBlock = 4096;  // elements of a task: whole groups of random numbers

/// Up to 16 elements; kept: -1 or 0.
void drop(const IntLanes& kept, float scale, const float* x, float* y, std::uint8_t* mask, std::int64_t left) {
  store_up_to(y, select(kept, load_up_to<Lanes>(x, left) * scale, Lanes(0.0F)), left);
  std::int32_t lanes[kLanes];
  std::memcpy(lanes, &kept.parts, sizeof lanes);
  std::uint8_t bytes[kLanes];
  for (int l = 0; l < kLanes; ++l) bytes[l] = static_cast<std::uint8_t>(lanes[l] & 1);
  if (left > 0) std::memcpy(mask, bytes, static_cast<std::size_t>(std::min<std::int64_t>(left, kLanes)));
}

}  // namespace

void dropout_forward(const Device& device, std::int64_t features, Replicas replicas, float probability, const DropoutKey& key,
                     Strided<const float> x, Strided<float> y, Strided<std::uint8_t> mask) {
  const std::int64_t n = features * replicas.batch;
  const float scale = dropout_scale(probability);
  for_each_row_and_block(device, replicas.count, blocks_of(n, kBlock), [&](int r, std::int64_t block) {
    const std::uint32_t row = key.first_row + static_cast<std::uint32_t>(r);
    const std::int64_t end = std::min(n, (block + 1) * kBlock);
    for (std::int64_t begin = block * kBlock; begin < end; begin += kRandomGroup) {
      const auto random = uniform_bits_of_group(key.key, row, static_cast<std::uint64_t>(begin) / kRandomGroup);
      for (std::int64_t c = 0; c < 4 && begin + c * kLanes < end; ++c) {
        const std::int64_t i = begin + c * kLanes;
        const Lanes u = to_float(bits_as<std::int32_t>(random[static_cast<std::size_t>(c)] >> 8)) * 0x1p-24F;
        drop(u >= probability, scale, x.of(r) + i, y.of(r) + i, mask.of(r) + i, end - i);
      }
    }
  });
}

void dropout_backward(const Device& device, std::int64_t features, Replicas replicas, float probability,
                      Strided<const std::uint8_t> mask, Strided<const float> dy, Strided<float> dx) {
  const std::int64_t n = features * replicas.batch;
  const float scale = dropout_scale(probability);
  for_each_row_and_block(device, replicas.count, blocks_of(n, kBlock), [&](int r, std::int64_t block) {
    const std::uint8_t* kept = mask.of(r);
    const float* from = dy.of(r);
    float* to = dx.of(r);
    for (std::int64_t i = block * kBlock; i < std::min(n, (block + 1) * kBlock); ++i) {
      const float scaled = from[i] * scale;
      to[i] = kept[i] != 0 ? scaled : 0.0F;
    }
  });
}

}  // namespace syncline::kernels::cpu
