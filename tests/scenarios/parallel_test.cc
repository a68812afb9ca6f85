#include "scenarios/parallel.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace syncline::scenarios {
namespace {

TEST(Parallel, CallsEachOnce) {
  for (const std::size_t count : {0, 1, 2, 1000}) {
    std::vector<int> calls(count, 0);
    for_each_parallel(count, [&](std::size_t i) { ++calls[i]; });
    EXPECT_EQ(calls, std::vector<int>(count, 1));
  }
}

TEST(Parallel, ThrowsWhatTheFirstByNumberThrew) {
  std::vector<int> calls(100, 0);
  try {
    for_each_parallel(calls.size(), [&](std::size_t i) {
      ++calls[i];
      if (i == 40 || i == 7 || i == 99) throw std::runtime_error(std::to_string(i));
    });
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "7");
  }
  EXPECT_EQ(calls, std::vector<int>(100, 1));
}

}  // namespace
}  // namespace syncline::scenarios
