#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "kernels/bits.h"
#include "kernels/blocks.h"
#include "kernels/ordered_sum.h"
#include "kernels/sign/sign.h"

namespace syncline::kernels::cpu {
namespace {

constexpr std::int64_t kBlock = kSumBlock;  // elements of a task: whole words, and a block of the sum
constexpr std::int64_t kVoteBlock = 32 * kLanes;

void pack(const float* x, std::int64_t n, std::uint32_t* bits) {
  std::int64_t i = 0;
  for (; i + 32 <= n; i += 32) *bits++ = pack_bits(load<Lanes>(x + i) >= 0.0F, load<Lanes>(x + i + kLanes) >= 0.0F);
  if (i == n) return;
  const Lanes low = load_up_to<Lanes>(x + i, n - i), high = load_up_to<Lanes>(x + i + kLanes, n - i - kLanes);
  *bits = pack_bits(low >= 0.0F, high >= 0.0F) & ((1U << (n - i)) - 1);
}

/// e += g; the lane sum of |e|.
float add_and_measure(const float* g, float* e, std::int64_t n) {
  Lanes sum{};
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const Lanes p = load_up_to<Lanes>(e + i, n - i) + load_up_to<Lanes>(g + i, n - i);
    store_up_to(e + i, p, n - i);
    sum += magnitude(p);
  }
  return fold(sum);
}

/// e -= scale * sign(e).
void subtract_sign(float scale, float* e, std::int64_t n) {
  const Lanes positive(scale);
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const Lanes p = load_up_to<Lanes>(e + i, n - i);
    store_up_to(e + i, p - select(p >= 0.0F, positive, -positive), n - i);
  }
}

/// Counts ones in columns of bits, 512 at once: plane j holds bit j of every column's count.
class ColumnCounts {
 public:
  explicit ColumnCounts(int most) : planes_in_use_(static_cast<std::size_t>(std::bit_width(static_cast<unsigned>(most)))) {}

  void add(WordLanes carry) {
    for (std::size_t j = 0; j < planes_in_use_; ++j) {
      const WordLanes next_carry = carry & planes_[j];
      planes_[j] ^= carry;
      carry = next_carry;
    }
  }
  struct Columns {
    WordLanes more, equal = ~WordLanes();
  };
  /// The columns that count more than `count`, and those that count just as many.
  Columns compared_with(unsigned count) const {
    Columns columns;
    for (std::size_t j = planes_in_use_; j-- > 0;) {
      const WordLanes bit(0U - (count >> j & 1));
      columns.more |= columns.equal & planes_[j] & ~bit;
      columns.equal &= ~(planes_[j] ^ bit);
    }
    return columns;
  }

 private:
  std::size_t planes_in_use_;
  std::array<WordLanes, 31> planes_{};
};

/// The votes on the up to 512 elements of the words that begin at `bits`.
void vote(int voters, Strided<const std::uint32_t> bits, std::int64_t n, float* out) {
  ColumnCounts ones(voters);
  for (int r = 0; r < voters; ++r) ones.add(load_up_to<WordLanes>(bits.of(r), sign_words(n)));
  const auto [more, half] = ones.compared_with(static_cast<unsigned>(voters) / 2);
  const bool can_tie = voters % 2 == 0;
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const auto shift = static_cast<unsigned>(i % 32);
    const IntLanes won = unpack_bits(more[static_cast<std::size_t>(i / 32)] >> shift);
    const IntLanes tied = can_tie ? unpack_bits(half[static_cast<std::size_t>(i / 32)] >> shift) : IntLanes();
    const Lanes plus(1.0F);
    store_up_to(out + i, select(won, plus, select(tied, Lanes(), -plus)), n - i);
  }
}

/// The mean on the up to 32 elements of the word at `bits`.
void mean_of_word(int count, std::int64_t left, Strided<const std::uint32_t> bits, const float* scale, float* out) {
  Lanes low{}, high{};
  for (int r = 0; r < count; ++r) {
    const std::uint32_t signs = *bits.of(r);
    const Lanes positive(scale[r]);
    low += select(unpack_bits(signs), positive, -positive);
    high += select(unpack_bits(signs >> 16), positive, -positive);
  }
  const float share = 1.0F / static_cast<float>(count);
  store_up_to(out, low * share, left);
  store_up_to(out + kLanes, high * share, left - kLanes);
}

}  // namespace

void sign_pack(const Device& device, int count, std::int64_t n, Strided<const float> x, Strided<std::uint32_t> bits) {
  for_each_row_and_block(device, count, blocks_of(n, kBlock), [&](int r, std::int64_t block) {
    const std::int64_t begin = block * kBlock;
    pack(x.of(r) + begin, std::min(kBlock, n - begin), bits.of(r) + begin / 32);
  });
}

void majority_vote(const Device& device, int voters, std::int64_t n, Strided<const std::uint32_t> bits, float* out) {
  for_each_block(device, n, kVoteBlock, [&](std::int64_t begin, std::int64_t size) {
    vote(voters, {bits.data + begin / 32, bits.stride}, size, out + begin);
  });
}

void scaled_sign_encode(const Device& device, int count, std::int64_t n, Strided<const float> gradient, Strided<float> error,
                        Strided<std::uint32_t> bits, float* scale) {
  const std::int64_t blocks = blocks_of(n, kBlock);
  std::vector<float> sums(static_cast<std::size_t>(count * blocks));  // [row][block]
  const auto measure = [&](int r, std::int64_t block) {
    const std::int64_t begin = block * kBlock, size = std::min(kBlock, n - begin);
    sums[static_cast<std::size_t>(r * blocks + block)] = add_and_measure(gradient.of(r) + begin, error.of(r) + begin, size);
  };
  const auto average_magnitude = [&](int r) {
    double sum = 0;
    for (std::int64_t block = 0; block < blocks; ++block) sum += sums[static_cast<std::size_t>(r * blocks + block)];
    scale[r] = n == 0 ? 0.0F : static_cast<float>(sum / static_cast<double>(n));
  };
  const auto send = [&](int r, std::int64_t block) {
    const std::int64_t begin = block * kBlock, size = std::min(kBlock, n - begin);
    float* e = error.of(r) + begin;
    pack(e, size, bits.of(r) + begin / 32);
    subtract_sign(scale[r], e, size);
  };
  for_each_row_and_block(device, count, blocks, measure, average_magnitude, send);
}

void scaled_sign_mean(const Device& device, int count, std::int64_t n, Strided<const std::uint32_t> bits, const float* scale,
                      float* out) {
  for_each_block(device, n, kBlock, [&](std::int64_t begin, std::int64_t size) {
    for (std::int64_t i = begin; i < begin + size; i += 32)
      mean_of_word(count, n - i, {bits.data + i / 32, bits.stride}, scale, out + i);
  });
}

}  // namespace syncline::kernels::cpu
