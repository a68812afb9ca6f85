// Two binary trees over all ranks: who is inside the one is a leaf of the other.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "network/collectives/pipeline.h"
#include "network/collectives/schedule.h"

namespace syncline::network {

/// Node v > 0, whose lowest bit is b, has the parent (v - b) with bit 2b set, or v - b where there is no such node; so odd nodes
/// are leaves. Ranks are nodes of their own number in the first tree, and in the second n - 1 - rank for even n, rank - 1 mod n
/// for odd n, so that even ones come to odd places.
///
/// Lane t sums half t of the elements up tree t, and hands it out, in pieces: a node d below the root, in a tree of depth D,
/// sends piece p up at step D - d + p, and down at step D + d + p. Down and up overlap.
class DoubleTree {
 public:
  explicit DoubleTree(const ScheduleRequest& request);

  int steps() const;
  /// `actor`: rank + ranks * tree.
  void add_step(Moves& moves, int actor, int step) const;
  std::int64_t elements_sent(int rank) const;
  /// By the rank that sends most: from 4 ranks on four halves. It is inside one tree, with a parent and two children, and a leaf
  /// of the other.
  std::int64_t most_sent() const;
  /// The longer of two things. The deepest leaf sends its pieces one after the other, and the last one goes up to the root and
  /// down again: as if no messages of one rank shared its link. Or the busiest rank sends all that it has to without a pause, and
  /// the last byte arrives: as if it never waited.
  double least_seconds(double alpha, double elements_per_second) const;
  /// On equal links, not more. An actor has only the messages of the step that it is at: one to its parent and one to each of at
  /// most two children, and as many from them; and its rank is a leaf in the other tree, with one each way. So at most 4 messages
  /// are on a link, and each has at least B/4. A step ends at most one message later than the steps before do at both ends, so
  /// (by induction) the last of k - 1 + 2d steps ends after as many messages of at most p bytes. For long vectors: 2 S/B.
  double most_seconds(double alpha, double elements_per_second) const;
  static constexpr int kMostOnALink = 4;

 private:
  int node_of(int rank, int tree) const;
  int actor_of(int node, int tree) const;

  int ranks_;
  std::vector<int> parent_, level_;         // [node]; the root's parent is -1
  std::vector<std::vector<int>> children_;  // [node]
  int depth_ = 0;
  std::array<Pipeline, 2> halves_;  // [tree]
};

}  // namespace syncline::network
