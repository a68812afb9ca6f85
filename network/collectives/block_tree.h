// A binomial tree in which every rank's own chunk goes to the root, or comes from it.
#pragma once

#include "network/collectives/chunk.h"
#include "network/collectives/phases.h"
#include "network/collectives/schedule.h"

namespace syncline::network {

/// Places are counted from the root. At gather step s place v, whose lowest bit is s, sends the chunks of the places v to
/// v + 2^s - 1 (or to the last) to place v - 2^s; a scatter goes the same way back.
class BlockTree {
 public:
  explicit BlockTree(const ScheduleRequest& request)
      : ranks_(request.ranks), root_(request.roles.root), chunks_(request.elements, request.ranks) {}

  void add_gather_step(Moves& moves, int rank, int step) const;
  void add_scatter_step(Moves& moves, int rank, int step) const;
  /// What the rank hands on in a scatter: its subtree's chunks but for its own.
  std::int64_t scattered_by(int rank) const;
  /// Elements of the subtree, below the root, that has the most.
  std::int64_t greatest_subtree() const;

 private:
  /// The message between places `place` and `place` - `width`.
  void add_pieces(std::vector<Piece>& pieces, int place, int width, bool at_sender_of_gather) const;
  void add_step(std::vector<Piece>& up, std::vector<Piece>& down, int rank, int bit) const;
  /// Of the place and those below it.
  std::int64_t subtree(int place) const;
  int rank_at(int place) const { return (place + root_) % ranks_; }

  int ranks_, root_;
  Chunks chunks_;
};

}  // namespace syncline::network
