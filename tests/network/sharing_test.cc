// Flows that come and go: rates solved by component against all of them solved anew.
#include <gtest/gtest.h>

#include <deque>
#include <iterator>
#include <map>

#include "network/sharing.h"
#include "sim/random.h"

namespace syncline::network {
namespace {

struct Twin {
  std::vector<double> capacity;
  std::deque<std::vector<LinkId>> routes;  // that stay where they are
  std::map<Sharing::FlowIndex, MaxMinFlow> flows;

  std::map<Sharing::FlowIndex, double> solve() const {
    std::vector<MaxMinFlow> problem;
    for (const auto& [index, flow] : flows) problem.push_back(flow);
    std::vector<double> rates(problem.size());
    MaxMinWorkspace workspace;
    max_min_rates(capacity, problem, rates, workspace);
    std::map<Sharing::FlowIndex, double> result;
    for (std::size_t i = 0; const auto& [index, flow] : flows) result[index] = rates[i++];
    return result;
  }
};

// Ties within the tolerance may be told apart where a component is solved by itself: that moves rates by 1e-12 relative a round.
TEST(Sharing, SolvesWhatAChangeTouchesAsIfItSolvedAll) {
  constexpr std::uint64_t kSeed = 5;
  constexpr int kLinks = 12;
  RecordProperty("seed", static_cast<int>(kSeed));
  sim::RandomStream random(kSeed, "sharing");
  for (int round = 0; round < 200; ++round) {
    Twin twin;
    for (int l = 0; l < kLinks; ++l) twin.capacity.push_back(static_cast<double>(1 + random.below(20)));
    Sharing sharing(twin.capacity);
    for (int step = 0; step < 60; ++step) {
      for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
        const std::uint64_t action = random.below(8);
        if (action < 4) {
          std::vector<LinkId> route;
          for (std::int32_t l = 0; l < kLinks; ++l) {
            if (random.below(kLinks) < 2) route.push_back({l});
          }
          if (route.empty()) continue;
          twin.routes.push_back(route);
          const MaxMinFlow flow{twin.routes.back(), static_cast<double>(1 + random.below(3)),
                                random.below(3) == 0 ? 1.5 : kNoCap};
          const Sharing::FlowIndex index = sharing.add(flow);
          twin.flows[index] = flow;
          if (changes == 1 && random.below(2) == 0) sharing.settle_alone(index);
        } else if (action < 7 && !twin.flows.empty()) {
          auto gone = twin.flows.begin();
          std::advance(gone, static_cast<std::ptrdiff_t>(random.below(twin.flows.size())));
          sharing.remove(gone->first);
          twin.flows.erase(gone);
        } else {
          const LinkId link{static_cast<std::int32_t>(random.below(kLinks))};
          const double capacity = static_cast<double>(random.below(20));
          twin.capacity[static_cast<std::size_t>(link.value)] = capacity;
          sharing.set_capacity(link, capacity);
        }
      }
      sharing.solve();
      for (const auto& [index, rate] : twin.solve()) {
        ASSERT_NEAR(sharing.rate(index), rate, 100 * kMaxMinTolerance * (1 + rate))
            << "seed " << kSeed << ", round " << round << ", step " << step;
      }
    }
  }
}

// Two pairs of links that no flow joins: a change in one leaves the other alone.
TEST(Sharing, LeavesOtherComponentsAlone) {
  Sharing sharing({4, 4, 4, 4});
  const std::vector<LinkId> left = {{0}, {1}}, right = {{2}, {3}};
  const Sharing::FlowIndex a = sharing.add({left}), b = sharing.add({right});
  sharing.solve();
  EXPECT_EQ(sharing.solved().size(), 2u);
  const Sharing::FlowIndex c = sharing.add({left});
  EXPECT_FALSE(sharing.settle_alone(c));
  sharing.solve();
  EXPECT_EQ(sharing.solved().size(), 2u);
  EXPECT_EQ(sharing.rate(a), 2);
  EXPECT_EQ(sharing.rate(b), 4);
  sharing.remove(a);
  sharing.solve();
  EXPECT_EQ(sharing.rate(c), 4);
  EXPECT_FALSE(sharing.changed());
}

}  // namespace
}  // namespace syncline::network
