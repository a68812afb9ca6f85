#include "network/collectives/block_tree.h"

#include <algorithm>

namespace syncline::network {

/// One piece for each place, that is at most n of them in a whole step.
void BlockTree::add_pieces(std::vector<Piece>& pieces, int place, int width, bool at_sender_of_gather) const {
  const int peer = rank_at(at_sender_of_gather ? place - width : place);
  for (int each = place; each < std::min(place + width, ranks_); ++each) {
    const Chunk chunk = chunks_[rank_at(each)];
    pieces.push_back({peer, chunk.begin, chunk.count, false});
  }
}

/// `up` is what goes to the place below by 2^bit, `down` what comes from the place above.
void BlockTree::add_step(std::vector<Piece>& up, std::vector<Piece>& down, int rank, int bit) const {
  const int place = (rank - root_ + ranks_) % ranks_, width = 1 << bit;
  if (place % width != 0) return;
  if (place % (2 * width) != 0) {
    add_pieces(up, place, width, true);
  } else if (place + width < ranks_) {
    add_pieces(down, place + width, width, false);
  }
}

void BlockTree::add_gather_step(Moves& moves, int rank, int step) const { add_step(moves.sends, moves.receives, rank, step); }

void BlockTree::add_scatter_step(Moves& moves, int rank, int step) const {
  add_step(moves.receives, moves.sends, rank, tree_depth(ranks_) - 1 - step);
}

std::int64_t BlockTree::subtree(int place) const {
  const int width = place == 0 ? ranks_ : place & -place;
  std::int64_t elements = 0;
  for (int each = place; each < std::min(place + width, ranks_); ++each) elements += chunks_[rank_at(each)].count;
  return elements;
}

std::int64_t BlockTree::scattered_by(int rank) const { return subtree((rank - root_ + ranks_) % ranks_) - chunks_[rank].count; }

std::int64_t BlockTree::greatest_subtree() const {
  std::int64_t most = 0;
  for (int place = 1; place < ranks_; ++place) most = std::max(most, subtree(place));
  return most;
}

}  // namespace syncline::network
