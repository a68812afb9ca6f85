#include <gtest/gtest.h>

#include "models/training/breakdown.h"

namespace syncline::models {
namespace {

Time s(std::int64_t seconds) { return Time::milliseconds(1000 * seconds); }

// Forward 0-2, backward 2-6, data move 4-9 (so 6-9 exposed), nothing 9-10, update 10-12; looked at from 1 to 12.
TEST(Breakdown, PartsAddUpToTheStep) {
  const std::vector<Activity> activities = {{s(0), s(2), "forward"},
                                            {s(2), s(6), "backward"},
                                            {s(4), s(7), "communication"},
                                            {s(6), s(9), "communication"},
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

// A call that moves data in each second of two, told time by time, and one within its rests and beyond: 0-1, 2-3, 4-5, 6-7 and 3-9.
TEST(Breakdown, OverlappingCallsCountOnce) {
  std::vector<Activity> activities;
  network::for_each_time({s(0), s(1), 4, s(2)}, [&](const network::Interval& once) {
    activities.push_back({once.begin, once.end, "communication"});
  });
  EXPECT_EQ(activities.size(), 4u);
  activities.push_back({s(3), s(9), "communication"});
  activities.push_back({s(8), s(10), "backward"});
  const Breakdown parts = break_down(activities, s(0), s(12));
  EXPECT_EQ(parts.exposed, 7);
  EXPECT_EQ(parts.backward, 2);
  EXPECT_EQ(parts.idle, 3);
}

}  // namespace
}  // namespace syncline::models
