#include "models/training/schedulers/merging.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace syncline::models {
namespace {

/// Of all 2^(n-1) mergings: the least end.
double least_end(const MergingProblem& problem) {
  const std::size_t n = problem.ready.size();
  double least = 1e300;
  for (std::uint64_t cuts = 0; cuts < std::uint64_t{1} << (n - 1); ++cuts) {
    Merging merging;
    for (std::size_t i = 0; i + 1 < n; ++i) {
      if ((cuts >> i & 1) != 0) merging.push_back(i + 1);
    }
    merging.push_back(n);
    least = std::min(least, end_of(problem, merging));
  }
  return least;
}

/// Whole numbers, so that sums are exact and ends compare with ==.
MergingProblem random_problem(std::mt19937_64& random) {
  MergingProblem problem;
  const std::size_t n = 1 + random() % 12;
  double now = 0;
  const std::uint64_t longest_backward = 1 + random() % 30, largest = 1 + random() % 30;
  for (std::size_t i = 0; i < n; ++i) {
    now += static_cast<double>(random() % longest_backward);
    problem.ready.push_back(now);
    problem.bytes.push_back(static_cast<double>(1 + random() % largest));
  }
  problem.a = static_cast<double>(random() % 40);
  problem.b = static_cast<double>(random() % 4);
  return problem;
}

TEST(Merging, OptimalIsAsGoodAsTheBestOfAll) {
  const std::uint64_t seed = 20190429;
  std::mt19937_64 random(seed);
  int better_than_greedy = 0;
  for (int i = 0; i < 2000; ++i) {
    const MergingProblem problem = random_problem(random);
    const double least = least_end(problem);
    ASSERT_EQ(end_of(problem, optimal_merging(problem)), least) << "seed " << seed << ", case " << i;
    const double greedy = end_of(problem, greedy_merging(problem));
    ASSERT_GE(greedy, least) << "seed " << seed << ", case " << i;
    better_than_greedy += greedy > least ? 1 : 0;
    if (problem.ready.size() <= 2) {
      ASSERT_EQ(greedy, least) << "seed " << seed << ", case " << i;
    }
  }
  EXPECT_GT(better_than_greedy, 0);
}

// Gradients ready at 0, 9 and 20, a = 10: the paper's algorithm merges the first two, ready before the first has started up, and
// the third waits for both. Better to let the first go alone, and to merge the other two.
TEST(Merging, TwoNeighboursAtATimeIsNotAlwaysBest) {
  const MergingProblem problem{{0, 9, 20}, {5, 5, 5}, 10, 1};
  EXPECT_EQ(greedy_merging(problem), (Merging{2, 3}));
  EXPECT_EQ(end_of(problem, {2, 3}), 44);  // 9 to 29, to 44
  EXPECT_EQ(optimal_merging(problem), (Merging{1, 3}));
  EXPECT_EQ(end_of(problem, {1, 3}), 40);  // 0 to 15, 20 to 40
}

TEST(Merging, FewBytesAreMergedHoweverLongTheyWait) {
  const MergingProblem problem{{0, 100, 200, 300}, {7, 1, 8, 3}, 10, 1};
  EXPECT_EQ(greedy_merging(problem), (Merging{1, 2, 3, 4}));
  EXPECT_EQ(greedy_merging(problem, 8), (Merging{2, 3, 4}));  // what is the last has nobody to wait for
}

TEST(Merging, ExtremesMergeAllOrNothing) {
  const MergingProblem slow_to_start{{0, 1, 2, 3}, {1, 1, 1, 1}, 100, 1};
  EXPECT_EQ(optimal_merging(slow_to_start), (Merging{4}));
  EXPECT_EQ(greedy_merging(slow_to_start), (Merging{4}));
  const MergingProblem free_to_start{{0, 1, 2, 3}, {1, 1, 1, 1}, 0, 1};
  EXPECT_EQ(greedy_merging(free_to_start), (Merging{1, 2, 3, 4}));
  EXPECT_EQ(end_of(free_to_start, optimal_merging(free_to_start)), 4);
}

}  // namespace
}  // namespace syncline::models
