// Algorithms that pair ranks by the bits of their numbers want a power of two of them. Of other numbers, the largest power of two
// below is the core; each of the ranks that are too many leaves its part to a neighbour in the core, and gets the result from it
// (Thakur, Rabenseifner and Gropp, Optimization of collective communication operations in MPICH, IJHPCA 19(1), 2005).
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "network/collectives/chunk.h"
#include "network/collectives/schedule.h"

namespace syncline::network {

/// Of the first 2 extras ranks, the odd ones are extra; core member i is the even rank beside one of them, or rank i + extras.
class Core {
 public:
  explicit Core(int ranks)
      : size(static_cast<int>(std::bit_floor(static_cast<unsigned>(ranks)))),
        extras(ranks - size),
        depth(std::bit_width(static_cast<unsigned>(size)) - 1) {}

  bool is_extra(int rank) const { return rank < 2 * extras && rank % 2 == 1; }
  bool has_extra(int member) const { return member < extras; }
  int member(int rank) const { return rank < 2 * extras ? rank / 2 : rank - extras; }
  int rank(int member) const { return member + std::min(member, extras); }
  /// One step before the core's and one behind, or none.
  int folds() const { return extras > 0 ? 1 : 0; }
  int steps(int core_steps) const { return core_steps + 2 * folds(); }

  int size, extras, depth;
};

/// Elements of the chunks [first, last).
inline Chunk chunks_between(const Chunks& chunks, int first, int last) {
  return {chunks[first].begin, chunks[last].begin - chunks[first].begin};
}

/// The elements that belong to the members of the aligned block of `width` around one of them, by the ranks' chunks.
inline Chunk block_of(const Core& core, const Chunks& chunks, int member, int width) {
  const int first = member & ~(width - 1);
  return chunks_between(chunks, core.rank(first), core.rank(first + width));
}

/// Of the extra's and its neighbour's step before the core's: the first sends all of `what` to the second. Others do nothing.
void add_fold(Moves& moves, const Core& core, int rank, Chunk what, bool reduce);

/// The step behind: the neighbour sends `what` to the extra.
void add_unfold(Moves& moves, const Core& core, int rank, Chunk what);

}  // namespace syncline::network
