// A binary tree below each of the root's two children, each for one half of a vector; in the end, halves are swapped.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "network/collectives/pipeline.h"
#include "network/collectives/schedule.h"

namespace syncline::network {

/// Places are counted from the root, which is 0. A place of level l, whose level has the places 2^l - 1 to 2^(l+1) - 2, has the
/// children place + 2^l and place + 2^(l+1); so odd places are below child 1, which gets the first half, and even ones below
/// child 2, which gets the second. Level l passes piece p on at step l + p. In the last step each odd place swaps halves with the
/// next one; the last place, where it is odd, gets the second half from the root.
/// Both halves are equally long: of an odd number of elements both have the one in the middle. Were they not, more bytes could end
/// sooner, by the order in which messages come to shared links.
class SplitTree {
 public:
  explicit SplitTree(const ScheduleRequest& request)
      : ranks_(request.ranks), halves_{Pipeline(half_of(request.elements, 0)), Pipeline(half_of(request.elements, 1))} {}

  int steps() const { return ranks_ == 1 ? 0 : depth() + halves_[0].count(); }
  /// Peers are places.
  void add_step(Moves& moves, int place, int step) const;
  std::int64_t elements_sent(int place) const;
  /// The deepest place is odd: the last piece goes there behind all others, and what it then lacks is another half.
  double least_seconds(double alpha, double elements_per_second) const;

 private:
  int depth() const { return level_of(ranks_ - 1); }
  static int level_of(int place);
  static int parent_of(int place);
  static Chunk half_of(std::int64_t elements, int which) {
    const Chunk first(elements, 2, 0);
    return which == 0 ? first : Chunk(elements - first.count, first.count);
  }
  static int side_of(int place) { return place % 2 == 1 ? 0 : 1; }
  const Pipeline& half(int which) const { return halves_[static_cast<std::size_t>(which)]; }
  bool has_odd_end() const { return ranks_ % 2 == 0; }
  void add_swap(Moves& moves, int place) const;

  int ranks_;
  std::array<Pipeline, 2> halves_;
};

}  // namespace syncline::network
