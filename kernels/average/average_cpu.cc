#include "kernels/average/average.h"
#include "kernels/blocks.h"

namespace syncline::kernels::cpu {
namespace {

constexpr std::int64_t kBlock = 4096;  // elements whose sum stays in cache

}  // namespace

void average(const Device& device, int count, std::int64_t n, Strided<const float> in, float* out) {
  const float share = 1.0F / static_cast<float>(count);
  for_each_block(device, n, kBlock, [&](std::int64_t begin, std::int64_t size) {
    float* sum = out + begin;
    if (in.of(0) != out) std::copy_n(in.of(0) + begin, size, sum);
    for (int r = 1; r < count; ++r) {
      const float* term = in.of(r) + begin;
      for (std::int64_t i = 0; i < size; ++i) sum[i] += term[i];
    }
    for (std::int64_t i = 0; i < size; ++i) sum[i] *= share;
  });
}

void scale(const Device& device, std::int64_t n, float factor, float* x) {
  for_each_block(device, n, kBlock, [&](std::int64_t begin, std::int64_t size) {
    for (std::int64_t i = begin; i < begin + size; ++i) x[i] *= factor;
  });
}

void broadcast_copy(const Device& device, int count, std::int64_t n, const float* in, Strided<float> out) {
  for_each_block(device, n, kBlock, [&](std::int64_t begin, std::int64_t size) {
    for (int r = 0; r < count; ++r) {
      if (out.of(r) != in) std::copy_n(in + begin, size, out.of(r) + begin);
    }
  });
}

}  // namespace syncline::kernels::cpu
