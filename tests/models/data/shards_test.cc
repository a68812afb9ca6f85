#include "models/data/shards.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "sim/error.h"

namespace syncline::models {
namespace {

constexpr std::uint64_t kSeed = 5;

// Every sample in exactly one shard, and no shard empty.
void expect_partition(const Shards& shards, std::size_t samples, int workers) {
  ASSERT_EQ(shards.size(), static_cast<std::size_t>(workers));
  std::vector<int> seen(samples);
  for (const auto& shard : shards) {
    EXPECT_FALSE(shard.empty());
    for (const std::int32_t i : shard) ++seen.at(static_cast<std::size_t>(i));
  }
  EXPECT_TRUE(std::ranges::all_of(seen, [](int n) { return n == 1; }));
}

std::vector<std::uint8_t> cycling_labels(std::size_t n, int classes) {
  std::vector<std::uint8_t> labels;
  for (std::size_t i = 0; i < n; ++i) labels.push_back(static_cast<std::uint8_t>(i % static_cast<std::size_t>(classes)));
  return labels;
}

// Mean over workers of the share of the commonest class in the shard.
double concentration(const Shards& shards, std::span<const std::uint8_t> labels, int classes) {
  double sum = 0;
  for (const auto& shard : shards) {
    std::vector<double> count(static_cast<std::size_t>(classes));
    for (const std::int32_t i : shard) count[labels[static_cast<std::size_t>(i)]] += 1;
    sum += std::ranges::max(count) / static_cast<double>(shard.size());
  }
  return sum / static_cast<double>(shards.size());
}

TEST(IidShards, PartitionEvenly) {
  for (const int workers : {1, 2, 7, 32, 97}) {
    sim::RandomStream random(kSeed, "shards");
    const Shards shards = iid_shards(97, workers, random);
    expect_partition(shards, 97, workers);
    const auto [least, most] = std::ranges::minmax(shards, {}, [](const auto& s) { return s.size(); });
    EXPECT_LE(most.size() - least.size(), 1u) << workers;
  }
}

TEST(IidShards, AreShuffled) {
  sim::RandomStream random(kSeed, "shards");
  EXPECT_FALSE(std::ranges::is_sorted(iid_shards(1000, 1, random)[0]));
}

TEST(DirichletShards, PartitionWhateverAlpha) {
  const auto labels = cycling_labels(523, 10);
  for (const double alpha : {1e-6, 0.01, 0.5, 1.0, 1e6}) {
    for (const int workers : {1, 3, 32, 523}) {
      sim::RandomStream random(kSeed, "shards");
      expect_partition(dirichlet_shards(labels, 10, workers, alpha, random), 523, workers);
    }
  }
}

TEST(DirichletShards, SmallAlphaConcentratesClasses) {
  const auto labels = cycling_labels(20'000, 10);
  const auto at = [&](double alpha) {
    sim::RandomStream random(kSeed, "shards");
    return concentration(dirichlet_shards(labels, 10, 8, alpha, random), labels, 10);
  };
  EXPECT_GT(at(0.05), at(1.0));
  EXPECT_GT(at(1.0), at(100.0));
  // alpha = 10^6: shares are equal to a thousandth, so each class is a tenth of each shard.
  EXPECT_NEAR(at(1e6), 0.1, 0.002);
}

TEST(Shards, ImpossibleOnesAreUserErrors) {
  sim::RandomStream random(kSeed, "shards");
  const auto labels = cycling_labels(10, 2);
  EXPECT_THROW(iid_shards(10, 0, random), UserError);
  EXPECT_THROW(iid_shards(10, -1, random), UserError);
  EXPECT_THROW(iid_shards(10, 11, random), UserError);
  EXPECT_THROW(dirichlet_shards(labels, 2, 11, 1.0, random), UserError);
  for (const double alpha : {0.0, -1.0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THROW(dirichlet_shards(labels, 2, 2, alpha, random), UserError) << alpha;
  }
}

}  // namespace
}  // namespace syncline::models
