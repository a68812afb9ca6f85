// The sums of kernels/pair_sum.h by vectors and threads.
#pragma once

#include <vector>

#include "kernels/blocks.h"
#include "kernels/pair_sum.h"

namespace syncline::kernels::cpu {

/// lane_pair_sum with lanes side by side.
template <class Term>
Pair wide_pair_sum(std::int64_t n, const Term& term) {
  double first[kPairLanes] = {}, second[kPairLanes] = {};
  const auto add = [&](std::int64_t begin, std::int64_t size) {
    for (std::int64_t l = 0; l < size; ++l) {
      const Pair pair = term(begin + l);
      first[l] += pair.first;
      second[l] += pair.second;
    }
  };
  const std::int64_t whole = n / kPairLanes * kPairLanes;
  for (std::int64_t i = 0; i < whole; i += kPairLanes) add(i, kPairLanes);
  add(whole, n - whole);
  PairLanes lanes;
  for (std::size_t l = 0; l < kPairLanes; ++l) lanes[l] = {first[l], second[l]};
  return fold(lanes);
}

/// result(row, pair_sum of terms(row)) for each of the rows of n terms; then after(row, begin, size) for the parts of the row.
/// terms(row) is what gives the Pair of term i.
template <class Terms, class Result, class After>
void for_each_pair_sum(const Device& device, int rows, std::int64_t n, const Terms& terms, const Result& result,
                       const After& after) {
  const std::int64_t blocks = blocks_of(n, kPairBlock);
  std::vector<Pair> sums(static_cast<std::size_t>(rows * blocks));
  const auto size_of = [n](std::int64_t block) { return std::min(kPairBlock, n - block * kPairBlock); };
  for_each_row_and_block(
      device, rows, blocks,
      [&](int row, std::int64_t block) {
        const auto term = terms(row);
        const std::int64_t begin = block * kPairBlock;
        sums[static_cast<std::size_t>(row * blocks + block)] =
            wide_pair_sum(size_of(block), [&](std::int64_t i) { return term(begin + i); });
      },
      [&](int row) {
        const Pair* const of_row = sums.data() + row * blocks;
        result(row, lane_pair_sum(blocks, [&](std::int64_t block) { return of_row[block]; }));
      },
      [&](int row, std::int64_t block) { after(row, block * kPairBlock, size_of(block)); });
}

}  // namespace syncline::kernels::cpu
