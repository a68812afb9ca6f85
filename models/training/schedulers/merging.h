// Which gradients to merge, where an all-reduce of M bytes takes a + b M and each gradient is ready at a time of its own.
#pragma once

#include <cstddef>
#include <vector>

namespace syncline::models {

/// Gradients in the order in which backward makes them.
struct MergingProblem {
  std::vector<double> ready;  // seconds, not decreasing
  std::vector<double> bytes;
  double a = 0;  // seconds: start-up of an all-reduce
  double b = 0;  // seconds a byte
};

/// Where groups of consecutive gradients end: the index behind the last of each, the last being the number of all.
using Merging = std::vector<std::size_t>;

/// When the last group has been reduced: each starts when its last gradient is ready and the group before has been reduced.
double end_of(const MergingProblem& problem, const Merging& merging);

/// The merging whose end_of is least; of several the one with the fewest groups. Who ends earlier with the first gradients never
/// ends later with all, so the best way to reduce the first j, for each j, is found from those before: O(n^2).
Merging optimal_merging(const MergingProblem& problem);

/// Algorithm 1 of Shi, Chu and Li, MG-WFBP, INFOCOM 2019: from the output on, a gradient is merged into the next where that one
/// is ready before the all-reduce would have started up. That is best for two gradients, and near the best for more. So is what has
/// fewer than `least_bytes`, whenever the next is ready.
Merging greedy_merging(const MergingProblem& problem, double least_bytes = 0);

}  // namespace syncline::models
