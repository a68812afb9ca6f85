// The solver against an exact one in rational arithmetic, and against the definition of max-min fairness.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include <boost/rational.hpp>

#include "network/max_min.h"
#include "sim/random.h"

namespace syncline::network {
namespace {

struct System {
  std::vector<double> capacity;               // [link]
  std::vector<std::vector<LinkId>> routes;    // [flow]
  std::vector<double> weight = {}, cap = {};  // [flow]; empty: all 1, no caps
};

std::vector<double> solve(const System& system) {
  std::vector<MaxMinFlow> flows;
  for (std::size_t f = 0; f < system.routes.size(); ++f) {
    flows.push_back(
        {system.routes[f], system.weight.empty() ? 1 : system.weight[f], system.cap.empty() ? kNoCap : system.cap[f]});
  }
  std::vector<double> rates(flows.size());
  MaxMinWorkspace workspace;
  max_min_rates(system.capacity, flows, rates, workspace);
  max_min_rates(system.capacity, flows, rates, workspace);  // the workspace may be used again
  return rates;
}

/// Capacities are whole numbers from 1 to `most`.
System random_system(sim::RandomStream& random, int links, int flows, std::uint64_t most) {
  System system;
  for (int l = 0; l < links; ++l) system.capacity.push_back(static_cast<double>(1 + random.below(most)));
  std::vector<std::int32_t> order(static_cast<std::size_t>(links));
  std::iota(order.begin(), order.end(), 0);
  for (int f = 0; f < flows; ++f) {
    random.shuffle(std::span(order));
    const std::size_t length = 1 + random.below(std::min<std::uint64_t>(4, order.size()));
    system.routes.emplace_back();
    for (std::size_t i = 0; i < length; ++i) system.routes.back().push_back({order[i]});
  }
  return system;
}

using Fraction = boost::rational<std::int64_t>;

/// One link at a time: the one of least share, in exact arithmetic. A cap is one more link, of the flow's own.
std::vector<double> exact_solve(const System& given) {
  System system = given;
  for (std::size_t f = 0; f < system.cap.size(); ++f) {
    system.routes[f].push_back({static_cast<std::int32_t>(system.capacity.size())});
    system.capacity.push_back(system.cap[f]);
  }
  std::vector<Fraction> left;
  for (const double capacity : system.capacity) left.emplace_back(static_cast<std::int64_t>(capacity));
  std::vector<Fraction> rates(system.routes.size());
  std::vector<bool> fixed(system.routes.size(), false);
  const auto weight = [&](std::size_t f) {
    return Fraction(system.weight.empty() ? 1 : static_cast<std::int64_t>(system.weight[f]));
  };
  const auto crosses = [&](std::size_t f, std::size_t l) {
    return std::count(system.routes[f].begin(), system.routes[f].end(), LinkId{static_cast<std::int32_t>(l)}) > 0;
  };
  while (true) {
    std::size_t tightest = left.size();
    Fraction least;
    for (std::size_t l = 0; l < left.size(); ++l) {
      Fraction open = 0;
      for (std::size_t f = 0; f < fixed.size(); ++f) {
        if (!fixed[f] && crosses(f, l)) open = open + weight(f);
      }
      if (open == Fraction(0)) continue;
      const Fraction share = left[l] / open;
      if (tightest == left.size() || share < least) tightest = l, least = share;
    }
    if (tightest == left.size()) break;
    for (std::size_t f = 0; f < fixed.size(); ++f) {
      if (fixed[f] || !crosses(f, tightest)) continue;
      fixed[f] = true;
      rates[f] = least * weight(f);
      for (std::size_t l = 0; l < left.size(); ++l) {
        if (crosses(f, l)) left[l] = left[l] - rates[f];
      }
    }
  }
  std::vector<double> result;
  for (const Fraction& rate : rates) result.push_back(boost::rational_cast<double>(rate));
  return result;
}

TEST(MaxMin, AFlowAloneGetsTheLeastCapacity) { EXPECT_THAT(solve({{8, 3, 5}, {{{0}, {1}, {2}}}}), testing::ElementsAre(3)); }

TEST(MaxMin, EqualFlowsShareEqually) {
  EXPECT_THAT(solve({{8}, {{{0}}, {{0}}, {{0}}, {{0}}}}), testing::ElementsAre(2, 2, 2, 2));
}

// One long flow over two links of 1 and 2; a short one on each. The first link gives 1/2 each; the second short flow takes the
// rest.
TEST(MaxMin, WhatOneFlowCannotUseOthersGet) {
  EXPECT_THAT(solve({{1, 2}, {{{0}, {1}}, {{0}}, {{1}}}}), testing::ElementsAre(0.5, 0.5, 1.5));
}

// The first flow crosses a link of 2 twice, so takes 1 of the other link; the second, which is on that alone, takes the rest.
TEST(MaxMin, ALinkThatIsCrossedTwiceByOneIsNotCrossedByTwo) {
  EXPECT_THAT(solve({{2, 10}, {{{0}, {0}, {1}}, {{1}}}}), testing::ElementsAre(1, 9));
}

TEST(MaxMin, NoLinksNoLimit) {
  EXPECT_THAT(solve({{1}, {{}, {{0}}}}), testing::ElementsAre(std::numeric_limits<double>::infinity(), 1));
  EXPECT_THAT(solve({{1}, {}}), testing::IsEmpty());
}

// Of a link of 9, a flow of weight 2 gets twice what one of weight 1 gets; one with a cap of 1 leaves the rest to them.
TEST(MaxMin, WeightsAndCaps) {
  EXPECT_THAT(solve({{9}, {{{0}}, {{0}}}, {2, 1}}), testing::ElementsAre(6, 3));
  EXPECT_THAT(solve({{9}, {{{0}}, {{0}}, {{0}}}, {1, 1, 1}, {1, kNoCap, kNoCap}}), testing::ElementsAre(1, 4, 4));
  EXPECT_THAT(solve({{9}, {{}}, {1}, {5}}), testing::ElementsAre(5));
}

TEST(MaxMin, NothingGoesOverALinkThatIsDown) { EXPECT_THAT(solve({{0, 4}, {{{0}, {1}}, {{1}}}}), testing::ElementsAre(0, 4)); }

// Ties within the tolerance lower a rate by 1e-12 relative a round at most, and what that leaves may go to others: their rates
// are sums of at most `flows` such differences. Denominators stay small, so shares that differ do so by far more than the
// tolerance.
TEST(MaxMin, AgreesWithRationalArithmetic) {
  constexpr std::uint64_t kSeed = 1;
  RecordProperty("seed", static_cast<int>(kSeed));
  sim::RandomStream random(kSeed, "max-min");
  for (int round = 0; round < 2000; ++round) {
    const int flows = 1 + static_cast<int>(random.below(6));
    System system = random_system(random, 1 + static_cast<int>(random.below(5)), flows, 12);
    if (round % 2 == 1) {
      for (int f = 0; f < flows; ++f) {
        system.weight.push_back(static_cast<double>(1 + random.below(4)));
        system.cap.push_back(static_cast<double>(1 + random.below(8)));
      }
    }
    const std::vector<double> rates = solve(system), expected = exact_solve(system);
    for (std::size_t f = 0; f < rates.size(); ++f) {
      ASSERT_NEAR(rates[f], expected[f], 12 * 6 * 1e-12) << "seed " << kSeed << ", round " << round << ", flow " << f;
    }
  }
}

// By definition: no link is overfull, and each flow crosses a full link on which none is faster.
TEST(MaxMin, EveryFlowHasABottleneck) {
  constexpr std::uint64_t kSeed = 2;
  RecordProperty("seed", static_cast<int>(kSeed));
  sim::RandomStream random(kSeed, "max-min");
  for (int round = 0; round < 300; ++round) {
    const System system = random_system(random, 40, 1 + static_cast<int>(random.below(100)), 1'000'000);
    const std::vector<double> rates = solve(system);
    std::vector<double> load(40, 0), fastest(40, 0);
    for (std::size_t f = 0; f < rates.size(); ++f) {
      for (const LinkId link : system.routes[f]) {
        load[static_cast<std::size_t>(link.value)] += rates[f];
        fastest[static_cast<std::size_t>(link.value)] = std::max(fastest[static_cast<std::size_t>(link.value)], rates[f]);
      }
    }
    const double tolerance = 100 * kMaxMinTolerance;  // as many flows
    for (std::size_t l = 0; l < 40; ++l) ASSERT_LE(load[l], system.capacity[l] * (1 + tolerance)) << "round " << round;
    for (std::size_t f = 0; f < rates.size(); ++f) {
      const bool has_bottleneck = std::any_of(system.routes[f].begin(), system.routes[f].end(), [&](LinkId link) {
        const auto l = static_cast<std::size_t>(link.value);
        return load[l] >= system.capacity[l] * (1 - tolerance) && rates[f] >= fastest[l] * (1 - tolerance);
      });
      ASSERT_TRUE(has_bottleneck) << "seed " << kSeed << ", round " << round << ", flow " << f;
    }
  }
}

}  // namespace
}  // namespace syncline::network
