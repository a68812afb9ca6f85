#include <gtest/gtest.h>

#include "models/training/breakdown.h"

namespace syncline::models {
namespace {

Time s(std::int64_t seconds) { return Time::milliseconds(1000 * seconds); }

// Forward 0-2, backward 2-6, data move 4-9 (so 6-9 exposed), nothing 9-10, update 10-12; looked at from 1 to 12.
TEST(Breakdown, PartsAddUpToTheStep) {
  const std::vector<Activity> activities = {{s(0), s(2), "forward"},
                                            {s(2), s(6), "backward"},
                                            {s(4), s(7), "communication", s(3)},
                                            {s(6), s(9), "communication", s(3)},
                                            {s(10), s(12), "update"}};
  const Breakdown parts = break_down(activities, s(1), s(12));
  EXPECT_EQ(parts.forward, 1);
  EXPECT_EQ(parts.backward, 4);
  EXPECT_EQ(parts.exposed, 3);
  EXPECT_EQ(parts.idle, 1);
  EXPECT_EQ(parts.update, 2);
  EXPECT_EQ(parts.compression, 0);
  EXPECT_EQ(parts.total(), 11);
}

// Backward 0-2; a collective 0-8 in which this worker's own data move for 2 of 8 seconds: of the 6 that nothing hides, a quarter
// counts as exposed, and in the rest the others are waited for.
TEST(Breakdown, WaitingForOthersWithinACollectiveIsIdle) {
  const Breakdown parts = break_down({{s(0), s(2), "backward"}, {s(0), s(8), "communication", s(2)}}, s(0), s(8));
  EXPECT_EQ(parts.exposed, 1.5);
  EXPECT_EQ(parts.idle, 4.5);
}

}  // namespace
}  // namespace syncline::models
