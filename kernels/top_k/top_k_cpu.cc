#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <vector>

#include "kernels/bits.h"
#include "kernels/blocks.h"
#include "kernels/lanes.h"
#include "kernels/top_k/top_k.h"

namespace syncline::kernels::cpu {
namespace {

constexpr std::int64_t kBlock = 65536;      // elements of a task when encoding
constexpr std::int64_t kMeanBlock = 16384;  // and when averaging
constexpr int kBinShift = 20;               // a bin is a magnitude's exponent and first 3 bits of mantissa: 11 bits of 31
constexpr std::size_t kBins = 1 << 11;
constexpr std::int32_t kNanKey = 0x7F800001;  // just above infinity

/// A magnitude as an integer of the same order; all NaNs alike.
IntLanes keys(const Lanes& x) {
  const IntLanes bits = bits_as<std::int32_t>(magnitude(x));
  const IntLanes nan(kNanKey);
  return select(bits < nan, bits, nan);
}

/// How many elements fall into each bin. Runs of one bin would wait for its counter, so neighbours count apart.
class Histogram {
 public:
  void add(const IntLanes& key) {
    const IntLanes bins = key >> kBinShift;
    for (std::size_t l = 0; l < kLanes; ++l) ++counts_[l % kApart][static_cast<std::size_t>(bins[l])];
  }
  void remove(std::size_t bin, std::int32_t count) { counts_[0][bin] -= count; }
  std::int64_t count(std::size_t bin) const {
    std::int64_t sum = 0;
    for (const auto& counts : counts_) sum += counts[bin];
    return sum;
  }

 private:
  static constexpr std::size_t kApart = 4;
  std::array<std::array<std::int32_t, kBins>, kApart> counts_{};
};

struct Candidate {
  std::int32_t key;
  std::int32_t index;
};

/// p = gradient + error of a block, and its histogram.
Histogram add_and_count(const float* g, float* e, std::int64_t n) {
  Histogram histogram;
  for (std::int64_t i = 0; i < n; i += kLanes) {
    Lanes p = load_up_to<Lanes>(g + i, n - i);
    if (e != nullptr) {
      p += load_up_to<Lanes>(e + i, n - i);
      store_up_to(e + i, p, n - i);
    }
    histogram.add(keys(p));
  }
  if (n % kLanes != 0) histogram.remove(0, static_cast<std::int32_t>(kLanes - n % kLanes));  // the lanes beyond the end
  return histogram;
}

/// The smallest key of the bin in which the k-th largest lies, k >= 1.
std::int32_t threshold(const std::vector<Histogram>& blocks, std::int64_t k) {
  std::size_t bin = kBins;
  for (std::int64_t above = 0; above < k;) {
    --bin;
    for (const Histogram& block : blocks) above += block.count(bin);
  }
  return static_cast<std::int32_t>(bin << kBinShift);
}

/// The elements of a block whose key is `least` or more, in the order of their indices, which begin at `first`.
std::vector<Candidate> candidates_of(const float* p, std::int64_t n, std::int32_t least, std::int64_t first) {
  std::vector<Candidate> found;
  std::array<IntLanes, 2> key;
  for (std::int64_t i = 0; i < n; i += 32) {
    key[0] = keys(load_up_to<Lanes>(p + i, n - i));
    key[1] = keys(load_up_to<Lanes>(p + i + kLanes, n - i - kLanes));
    std::uint32_t enough = pack_bits(key[0] >= least, key[1] >= least);
    if (n - i < 32) enough &= (1U << (n - i)) - 1;
    for (; enough != 0; enough &= enough - 1) {
      const int l = std::countr_zero(enough);
      found.push_back({key[static_cast<std::size_t>(l / kLanes)][l % kLanes], static_cast<std::int32_t>(first + i + l)});
    }
  }
  return found;
}

/// Leaves the k largest in the order of their indices, which is also the order they come in.
void keep_largest(std::vector<Candidate>& candidates, std::int64_t k) {
  if (static_cast<std::int64_t>(candidates.size()) == k) return;
  std::vector<Candidate> ranked = candidates;
  const auto before = [](Candidate a, Candidate b) { return a.key != b.key ? a.key > b.key : a.index < b.index; };
  std::nth_element(ranked.begin(), ranked.begin() + (k - 1), ranked.end(), before);
  const Candidate last = ranked[static_cast<std::size_t>(k - 1)];
  std::erase_if(candidates, [&](Candidate c) { return before(last, c); });
}

/// What the blocks of a row have found.
struct RowSearch {
  std::vector<Histogram> histograms;
  std::vector<std::vector<Candidate>> candidates;
  std::int32_t least = 0;
};

}  // namespace

void top_k_encode(const Device& device, int count, std::int64_t n, std::int64_t k, Strided<const float> gradient,
                  Strided<float> error, Strided<float> values, Strided<std::int32_t> indices) {
  const std::int64_t blocks = blocks_of(n, kBlock);
  std::vector<RowSearch> rows(static_cast<std::size_t>(count));
  const auto row = [&](int r) -> RowSearch& { return rows[static_cast<std::size_t>(r)]; };
  const auto summed = [&](int r) { return error.data == nullptr ? gradient.of(r) : error.of(r); };  // p, once added

  const auto begin_row = [&](int r) {
    row(r).histograms.resize(static_cast<std::size_t>(blocks));
    row(r).candidates.resize(static_cast<std::size_t>(blocks));
  };
  const auto count_bins = [&](int r, std::int64_t block) {
    const std::int64_t begin = block * kBlock;
    float* e = error.data == nullptr ? nullptr : error.of(r) + begin;
    row(r).histograms[static_cast<std::size_t>(block)] = add_and_count(gradient.of(r) + begin, e, std::min(kBlock, n - begin));
  };
  const auto find_bin = [&](int r) {
    row(r).least = k == 0 ? INT32_MAX : threshold(row(r).histograms, k);
    row(r).histograms = {};
  };
  const auto collect = [&](int r, std::int64_t block) {
    const std::int64_t begin = block * kBlock;
    row(r).candidates[static_cast<std::size_t>(block)] =
        candidates_of(summed(r) + begin, std::min(kBlock, n - begin), row(r).least, begin);
  };
  const auto send = [&](int r) {
    std::vector<Candidate> chosen;
    for (const auto& part : row(r).candidates) chosen.insert(chosen.end(), part.begin(), part.end());
    row(r).candidates = {};
    keep_largest(chosen, k);
    for (std::size_t j = 0; j < chosen.size(); ++j) {
      indices.of(r)[j] = chosen[j].index;
      values.of(r)[j] = summed(r)[chosen[j].index];
      if (error.data != nullptr) error.of(r)[chosen[j].index] = 0;
    }
  };
  for_each_row_and_block(device, count, blocks, begin_row, count_bins, find_bin, collect, send);
}

void top_k_mean(const Device& device, int count, std::int64_t n, std::int64_t k, Strided<const float> values,
                Strided<const std::int32_t> indices, float* out) {
  const float share = 1.0F / static_cast<float>(count);
  for_each_block(device, n, kMeanBlock, [&](std::int64_t begin, std::int64_t size) {
    std::fill_n(out + begin, size, 0.0F);
    for (int r = 0; r < count; ++r) {
      const std::int32_t* index = indices.of(r);
      for (std::int64_t j = std::lower_bound(index, index + k, begin) - index; j < k && index[j] < begin + size; ++j) {
        out[index[j]] += values.of(r)[j];
      }
    }
    for (std::int64_t i = begin; i < begin + size; ++i) out[i] *= share;
  });
}

}  // namespace syncline::kernels::cpu
