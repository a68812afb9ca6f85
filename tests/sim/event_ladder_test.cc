// What the ladder does where times come in the worst order, counted in its own steps.
#include "sim/event_ladder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

namespace syncline::sim {
namespace {

class Ladder {
 public:
  void push(std::int64_t at) {
    ladder_.push({at, next_, 0});
    expected_.emplace_back(at, next_++);
  }
  std::int64_t peek() {
    return ladder_.first([](const LadderEntry&) {}).at;
  }
  void pop(std::int64_t at) {
    ASSERT_EQ(peek(), at);
    ladder_.pop();
    expected_.pop_back();  // those that come and go are pushed last
  }
  void pop_all_in_order() {
    std::sort(expected_.begin(), expected_.end());
    for (const auto& [at, sequence] : expected_) {
      const LadderEntry first = ladder_.first([](const LadderEntry&) {});
      ASSERT_EQ(std::pair(first.at, first.sequence), std::pair(at, sequence));
      ladder_.pop();
    }
    ASSERT_EQ(ladder_.size(), 0u);
  }
  std::uint64_t steps() const { return ladder_.steps(); }

 private:
  EventLadder ladder_;
  std::vector<std::pair<std::int64_t, std::uint64_t>> expected_;
  std::uint64_t next_ = 1;
};

// Each is earlier than all before it, so all come late and each spill leaves a rung below those that are there: n / 129 of them.
// Then each push for a time within one of them, or behind all, finds its place in as many steps as a number of rungs has bits.
TEST(EventLadder, ManyRungsCostAPushTheirLogarithm) {
  constexpr std::int64_t kEntries = 100'000, kGap = 1000;
  constexpr std::uint64_t kRungs = kEntries / 129 + 1;
  Ladder ladder;
  ladder.push(kEntries * kGap);
  ladder.peek();
  for (std::int64_t i = kEntries; i-- > 0;) ladder.push(i * kGap);
  EXPECT_LE(ladder.steps(), 2u * kEntries);  // each was dealt once, few are pushed back up
  for (std::int64_t i = 0; i < 1000; ++i) {
    const std::uint64_t before = ladder.steps();
    ladder.push(i % 10 == 0 ? 2 * kEntries * kGap + i : i * 7919 % kEntries * kGap + 1);
    EXPECT_LE(ladder.steps() - before, static_cast<std::uint64_t>(std::bit_width(kRungs)) + 1);
  }
  ladder.pop_all_in_order();
}

// A crowd at one time waits in the run while earlier entries come and go again and again: it is not moved for each few of them.
TEST(EventLadder, ACrowdIsNotMovedForTheFewBeforeIt) {
  constexpr std::int64_t kCrowd = 20'000, kRounds = 100, kEarlier = 200;
  Ladder ladder;
  for (std::int64_t i = 0; i < kCrowd; ++i) ladder.push(1'000'000);
  for (std::int64_t round = 0; round < kRounds; ++round) {
    EXPECT_EQ(ladder.peek(), 1'000'000);
    for (std::int64_t i = 0; i < kEarlier; ++i) ladder.push(i);
    for (std::int64_t i = 0; i < kEarlier; ++i) ladder.pop(i);
  }
  EXPECT_LE(ladder.steps(), 4u * (kCrowd + kRounds * kEarlier));
  ladder.pop_all_in_order();
}

}  // namespace
}  // namespace syncline::sim
