#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "sim/random.h"

namespace syncline::sim {
namespace {

TEST(RandomStream, IsGivenBySeedNameAndIndex) {
  RandomStream a(1, "weights", 0), same(1, "weights", 0);
  RandomStream others[] = {{2, "weights", 0}, {1, "batches", 0}, {1, "weights", 1}};
  const std::uint64_t first = a.bits();
  EXPECT_EQ(first, same.bits());
  for (RandomStream& other : others) EXPECT_NE(first, other.bits());
}

// Moments of n draws lie within five standard errors of the distribution's.
TEST(RandomStream, HasTheMomentsOfItsDistributions) {
  constexpr int n = 100'000;
  RandomStream random(7, "moments");
  double uniform = 0, normal = 0, square = 0, gamma = 0, small_gamma = 0;
  for (int i = 0; i < n; ++i) {
    uniform += random.uniform();
    const double x = random.normal();
    normal += x;
    square += x * x;
    gamma += random.gamma(3);
    small_gamma += random.gamma(0.1);
  }
  const double error = 5 / std::sqrt(n);
  EXPECT_NEAR(uniform / n, 0.5, error * std::sqrt(1.0 / 12));
  EXPECT_NEAR(normal / n, 0, error);
  EXPECT_NEAR(square / n, 1, error * std::sqrt(2.0));
  EXPECT_NEAR(gamma / n, 3, error * std::sqrt(3.0));
  EXPECT_NEAR(small_gamma / n, 0.1, error * std::sqrt(0.1));
}

TEST(RandomStream, BelowStaysBelowAndMeetsAll) {
  RandomStream random(3, "below");
  std::vector<int> seen(7);
  for (int i = 0; i < 1000; ++i) ++seen.at(random.below(7));
  EXPECT_GT(*std::min_element(seen.begin(), seen.end()), 80);
}

TEST(RandomStream, ShuffleKeepsAllItems) {
  RandomStream random(3, "shuffle");
  std::vector<int> items(100);
  std::iota(items.begin(), items.end(), 0);
  random.shuffle<int>(items);
  EXPECT_FALSE(std::is_sorted(items.begin(), items.end()));
  std::sort(items.begin(), items.end());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(items[static_cast<std::size_t>(i)], i);
}

}  // namespace
}  // namespace syncline::sim
