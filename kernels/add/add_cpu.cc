#include <algorithm>

#include "kernels/add/add.h"
#include "kernels/blocks.h"

namespace syncline::kernels::cpu {

constexpr std::int64_t kBlock = 16384;

void add(const Device& device, int count, std::int64_t n, Strided<const float> a, Strided<const float> b, Strided<float> out) {
  for_each_row_and_block(device, count, blocks_of(n, kBlock), [&](int r, std::int64_t block) {
    const std::int64_t end = std::min(n, (block + 1) * kBlock);
    const float* left = a.of(r);
    const float* right = b.of(r);
    float* sum = out.of(r);
    for (std::int64_t i = block * kBlock; i < end; ++i) sum[i] = left[i] + right[i];
  });
}

}  // namespace syncline::kernels::cpu
