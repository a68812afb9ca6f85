#include "tools/window_means.h"

#include <gtest/gtest.h>

namespace syncline::tools {
namespace {

Time at(std::int64_t ns) { return Time::nanoseconds(ns); }

// Windows of 10 ns: [0, 10) is at 1 for its half; [10, 20) wholly; in [20, 30) it is 1/2 for 4 ns; [30, 34) is cut short by the end.
TEST(WindowMeans, AreThoseOfAStepFunction) {
  const auto means = window_means({{"a", at(5), 1}, {"a", at(20), 0}, {"a", at(26), 0.5}}, at(10), at(34));
  ASSERT_EQ(means.size(), 5u);
  const Time times[] = {at(0), at(10), at(20), at(30), at(34)};
  const double values[] = {0.5, 1, 0.2, 0.5, 0};
  for (std::size_t i = 0; i < means.size(); ++i) {
    EXPECT_EQ(means[i].at, times[i]);
    EXPECT_EQ(means[i].value, values[i]);
  }
}

TEST(WindowMeans, SayNothingWhereNothingChanges) {
  const auto means = window_means({{"a", at(0), 1}}, at(10), at(1000));
  ASSERT_EQ(means.size(), 2u);  // from 0 on, and the end
  EXPECT_EQ(means[0].value, 1);
  EXPECT_EQ(means[1].at, at(1000));
}

TEST(WindowMeans, KeepSeriesApart) {
  const auto means = window_means({{"a", at(0), 1}, {"b", at(0), 0.5}, {"a", at(10), 0}, {"b", at(10), 0}}, at(10), at(10));
  ASSERT_EQ(means.size(), 4u);
  EXPECT_EQ(means[0].series, "a");
  EXPECT_EQ(means[0].value, 1);
  EXPECT_EQ(means[2].series, "b");
  EXPECT_EQ(means[2].value, 0.5);
}

}  // namespace
}  // namespace syncline::tools
