#include "kernels/blocks.h"
#include "kernels/narrow/narrow.h"
#include "kernels/narrow/narrow_bits.h"

namespace syncline::kernels::cpu {
namespace {

constexpr std::int64_t kBlock = 4096;  // elements that stay in cache

}  // namespace

void round_narrow(const Device& device, int count, std::int64_t n, Narrow format, Strided<const float> from, Strided<float> to) {
  for_each_row_and_block(device, count, blocks_of(n, kBlock), [&](int row, std::int64_t block) {
    const std::int64_t end = std::min(n, (block + 1) * kBlock);
    const float* in = from.of(row);
    float* out = to.of(row);
    if (format == Narrow::fp16) {
      for (std::int64_t i = block * kBlock; i < end; ++i) out[i] = narrow::to_fp16(in[i]);
    } else {
      for (std::int64_t i = block * kBlock; i < end; ++i) out[i] = narrow::to_bf16(in[i]);
    }
  });
}

}  // namespace syncline::kernels::cpu
