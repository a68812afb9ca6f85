#include "network/collectives/split_tree.h"

#include <bit>

namespace syncline::network {
namespace {

std::int64_t length(const Pipeline& half) {
  const int last = half.count() - 1;
  return last * kPieceElements + half[last].count;
}

}  // namespace

int SplitTree::level_of(int place) { return std::bit_width(static_cast<unsigned>(place + 1)) - 1; }

/// Of the two places that it may be child of, the one of the level above.
int SplitTree::parent_of(int place) {
  const int above = level_of(place) - 1, near = place - (1 << above);
  return level_of(near) == above ? near : near - (1 << above);
}

void SplitTree::add_step(Moves& moves, int place, int step) const {
  if (step == steps() - 1) return add_swap(moves, place);
  const int level = level_of(place);
  if (const int received = step - (level - 1); place > 0 && half(side_of(place)).has(received)) {
    const Chunk piece = half(side_of(place))[received];
    moves.receives.push_back({parent_of(place), piece.begin, piece.count, false});
  }
  for (int child = place + (1 << level); child <= place + (2 << level) && child < ranks_; child += 1 << level) {
    if (!half(side_of(child)).has(step - level)) continue;
    const Chunk piece = half(side_of(child))[step - level];
    moves.sends.push_back({child, piece.begin, piece.count, false});
  }
}

void SplitTree::add_swap(Moves& moves, int place) const {
  const auto add = [](std::vector<Piece>& pieces, int other, const Pipeline& what) {
    pieces.push_back({other, what[0].begin, length(what), false});
  };
  if (place == 0) {
    if (has_odd_end()) add(moves.sends, ranks_ - 1, half(1));
  } else if (place == ranks_ - 1 && has_odd_end()) {
    add(moves.receives, 0, half(1));
  } else {
    const int mine = side_of(place), other = mine == 0 ? place + 1 : place - 1;
    add(moves.sends, other, half(mine));
    add(moves.receives, other, half(1 - mine));
  }
}

std::int64_t SplitTree::elements_sent(int place) const {
  const int level = level_of(place);
  std::int64_t sent = 0;
  for (int child = place + (1 << level); child <= place + (2 << level) && child < ranks_; child += 1 << level) {
    sent += length(half(side_of(child)));
  }
  if (place == 0) return sent + (has_odd_end() ? length(half(1)) : 0);
  return sent + (place == ranks_ - 1 && has_odd_end() ? 0 : length(half(side_of(place))));
}

double SplitTree::least_seconds(double alpha, double elements_per_second) const {
  if (ranks_ == 1) return 0;
  const int last = half(0).count() - 1;
  return last * (alpha + static_cast<double>(kPieceElements) / elements_per_second) +
         depth() * (alpha + static_cast<double>(half(0)[last].count) / elements_per_second) + alpha +
         static_cast<double>(length(half(1))) / elements_per_second;
}

}  // namespace syncline::network
