// NCCL's trees: chains within machines, two binary trees over the machines.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "network/collectives/pipeline.h"
#include "network/collectives/schedule.h"

namespace syncline::network {

/// In each machine its ranks make a chain, whose first rank is the machine's node in both trees. Over m machines the trees are those
/// of DoubleTree: machine v > 0, whose lowest bit is b, hangs below (v - b) with bit 2b set, or below v - b where there is no
/// such; in the second tree machines are counted from the other end.
///
/// Lane t sums half t of the elements up tree t, and hands it out, in pieces: a rank d below the root, in a tree of depth D, sends
/// piece p up at step D - d + p, and down at step D + d + p.
class MachineTrees {
 public:
  explicit MachineTrees(const ScheduleRequest& request);

  int steps() const;
  /// `actor`: rank + ranks * tree.
  void add_step(Moves& moves, int actor, int step) const;
  std::int64_t elements_sent(int rank) const;
  /// The deepest leaf sends its pieces one after the other; the last one goes up to the root and down again.
  double least_seconds(double alpha, double elements_per_second) const;

 private:
  struct Node {
    int parent = -1, level = 0;
    std::vector<int> children;
  };
  void hang(int tree, int rank, int parent);

  int ranks_;
  std::array<std::vector<Node>, 2> nodes_;  // [tree][rank]
  std::array<Pipeline, 2> halves_;          // [tree]
  int depth_ = 0;                           // of the deeper tree
};

}  // namespace syncline::network
