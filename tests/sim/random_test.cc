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

// Reckoned by another program too, from the definitions (there gamma differs in its last bits: the C library has its own log).
// They may never change: results depend on them.
TEST(RandomStream, FirstValuesAreTheSameForEver) {
  RandomStream random(1, "weights");
  const std::uint64_t bits[] = {0x304484134165802f, 0x1eed1c9f6ecceae6, 0x56625df602198048};
  for (const std::uint64_t expected : bits) EXPECT_EQ(random.bits(), expected);
  const double uniforms[] = {0x1.34bca319a21a0p-1, 0x1.8db407a01fb80p-6};
  for (const double expected : uniforms) EXPECT_EQ(random.uniform(), expected);
  const double normals[] = {0x1.37b865396bf29p-2, 0x1.cf604332562a1p-5, 0x1.408ee3d93e1d7p-4};
  for (const double expected : normals) EXPECT_EQ(random.normal(), expected);
  const double gammas[] = {0x1.f8f2592383889p-3, 0x1.0f82f2b157fb1p+0, 0x1.de744f88deb53p-4};
  for (const double expected : gammas) EXPECT_EQ(random.gamma(0.5), expected);
}

// The sample correlation of n independent pairs has a standard error of 1 / sqrt(n).
TEST(RandomStream, StreamsOfOtherNamesAreIndependent) {
  constexpr int n = 100'000;
  const std::pair<const char*, std::uint64_t> names[] = {{"b", 0}, {"a", 1}, {"aa", 0}, {"", 0}};
  for (const auto& [name, index] : names) {
    RandomStream a(1, "a"), other(1, name, index);
    double product = 0;
    for (int i = 0; i < n; ++i) product += (a.uniform() - 0.5) * (other.uniform() - 0.5) * 12;
    EXPECT_NEAR(product / n, 0, 5 / std::sqrt(n)) << name << " " << index;
  }
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
