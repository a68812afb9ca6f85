#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/bits.h"
#include "kernels/blocks.h"
#include "kernels/qsgd/qsgd.h"
#include "kernels/random_lanes.h"

namespace syncline::kernels::cpu {
namespace {

constexpr std::int64_t kBlock = 4096;  // elements of a task: whole groups of random numbers, and whole words

float norm(const float* x, std::int64_t n) {
  Lanes sum{};
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const Lanes v = load_up_to<Lanes>(x + i, n - i);
    sum += v * v;
  }
  return std::sqrt(fold(sum));
}

/// Calls use(first, last, bucket) for each stretch of [begin, end) that lies in one bucket.
template <class Use>
void for_each_stretch(std::int64_t begin, std::int64_t end, std::int64_t bucket, const Use& use) {
  while (begin < end) {
    const std::int64_t b = begin / bucket;
    const std::int64_t last = std::min(end, (b + 1) * bucket);
    use(begin, last, b);
    begin = last;
  }
}

/// Levels with signs, plus `levels`: what the reference's code() says, lane by lane.
IntLanes code(const Lanes& x, const Lanes& scale, float levels, const WordLanes& random_bits) {
  const Lanes most(levels);
  Lanes a = magnitude(x) * scale;
  a = select(a < most, a, most);
  const IntLanes whole = to_int(a);  // a >= 0, so that this is the floor
  const Lanes u = to_float(bits_as<std::int32_t>(random_bits >> 8)) * 0x1p-24F;
  const IntLanes up = u < a - to_float(whole);  // -1 where true
  const IntLanes most_levels(static_cast<std::int32_t>(levels));
  IntLanes level = whole - up;
  level = select(level < most_levels, level, most_levels);
  return most_levels + select(x < 0.0F, -level, level);
}

/// The codes' planes of the up to 32 elements of a word.
void pack_planes(const IntLanes& low, const IntLanes& high, int bits, std::uint32_t* words) {
  for (int j = 0; j < bits; ++j) {
    const std::int32_t bit = 1 << j;
    words[j] = pack_bits((low & bit) != IntLanes(), (high & bit) != IntLanes());
  }
}

/// No bits beyond the last element.
void clear_after(std::int64_t elements, int bits, std::uint32_t* words) {
  for (int j = 0; j < bits; ++j) words[j] &= (1U << elements) - 1;
}

struct Row {
  const float* x;
  const float* norms;
  std::uint32_t* codes;
  std::uint64_t key;
  std::uint32_t stream;
};

/// levels / norm for each of the elements [begin, end).
void fill_scales(const QsgdShape& shape, const float* norms, std::int64_t begin, std::int64_t end, float* scale) {
  for_each_stretch(begin, end, shape.bucket, [&](std::int64_t first, std::int64_t last, std::int64_t b) {
    const float value = norms[b] > 0 ? static_cast<float>(shape.levels) / norms[b] : 0.0F;
    std::fill(scale + (first - begin), scale + (last - begin), value);
  });
}

/// Elements [begin, end), from a multiple of 64.
void encode(const QsgdShape& shape, const Row& row, std::int64_t begin, std::int64_t end) {
  const int bits = code_bits(shape.levels);
  const auto levels = static_cast<float>(shape.levels);
  std::array<float, kRandomGroup> scale{};
  for (; begin < end; begin += kRandomGroup) {
    const std::int64_t left = std::min<std::int64_t>(kRandomGroup, end - begin);
    fill_scales(shape, row.norms, begin, begin + left, scale.data());
    const auto random = uniform_bits_of_group(row.key, row.stream, static_cast<std::uint64_t>(begin) / kRandomGroup);
    std::array<IntLanes, 4> codes;
    for (std::size_t c = 0; c < codes.size(); ++c) {
      const std::int64_t at = static_cast<std::int64_t>(c) * kLanes;
      const Lanes x = load_up_to<Lanes>(row.x + begin + at, left - at);
      codes[c] = code(x, load<Lanes>(scale.data() + at), levels, random[c]);
    }
    std::uint32_t* words = row.codes + begin / 32 * bits;
    pack_planes(codes[0], codes[1], bits, words);
    if (left > 32) pack_planes(codes[2], codes[3], bits, words + bits);
    if (left % 32 != 0) clear_after(left % 32, bits, words + left / 32 * bits);
  }
}

/// The levels, with signs, of 16 elements whose bits begin at bit `shift` of the planes.
Lanes decode(const std::uint32_t* words, unsigned shift, int bits, int levels) {
  IntLanes code(-levels);
  for (int j = 0; j < bits; ++j) code += unpack_bits(words[j] >> shift) & (1 << j);
  return to_float(code);
}

/// The mean on the up to 32 elements of a word, from `begin`.
void mean_of_word(int count, const QsgdShape& shape, Strided<const float> norms, Strided<const std::uint32_t> codes,
                  std::int64_t begin, float* out) {
  const int bits = code_bits(shape.levels);
  const std::int64_t end = std::min(shape.n, begin + 32);
  std::array<float, 32> step{};  // norm / levels of each element
  Lanes low{}, high{};
  for (int r = 0; r < count; ++r) {
    for_each_stretch(begin, end, shape.bucket, [&](std::int64_t first, std::int64_t last, std::int64_t b) {
      const float value = norms.of(r)[b] / static_cast<float>(shape.levels);
      std::fill(step.data() + (first - begin), step.data() + (last - begin), value);
    });
    const std::uint32_t* words = codes.of(r) + begin / 32 * bits;
    low += load<Lanes>(step.data()) * decode(words, 0, bits, shape.levels);
    high += load<Lanes>(step.data() + kLanes) * decode(words, 16, bits, shape.levels);
  }
  const float share = 1.0F / static_cast<float>(count);
  store_up_to(out + begin, low * share, end - begin);
  store_up_to(out + begin + kLanes, high * share, end - begin - kLanes);
}

}  // namespace

void qsgd_encode(const Device& device, int count, const QsgdShape& shape, Strided<const float> x, std::uint64_t key,
                 Strided<float> norms, Strided<std::uint32_t> codes) {
  const auto row = [&](int r) {
    return Row{x.of(r), norms.of(r), codes.of(r), key, static_cast<std::uint32_t>(shape.first_row + r)};
  };
  const std::int64_t buckets = qsgd_norms(shape);
  const std::int64_t blocks = blocks_of(shape.n, kBlock);
  const auto measure = [&](int r, std::int64_t block) {  // an equal share of the buckets in each block
    for (std::int64_t b = block * buckets / blocks; b < (block + 1) * buckets / blocks; ++b) {
      const std::int64_t begin = b * shape.bucket;
      norms.of(r)[b] = norm(row(r).x + begin, std::min(shape.bucket, shape.n - begin));
    }
  };
  const auto round = [&](int r, std::int64_t block) {
    encode(shape, row(r), block * kBlock, std::min(shape.n, (block + 1) * kBlock));
  };
  for_each_row_and_block(device, count, blocks, measure, round);
}

void qsgd_mean(const Device& device, int count, const QsgdShape& shape, Strided<const float> norms,
               Strided<const std::uint32_t> codes, float* out) {
  for_each_block(device, shape.n, kBlock, [&](std::int64_t begin, std::int64_t size) {
    for (std::int64_t i = begin; i < begin + size; i += 32) mean_of_word(count, shape, norms, codes, i, out);
  });
}

}  // namespace syncline::kernels::cpu
