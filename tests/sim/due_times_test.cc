#include "sim/due_times.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "sim/random.h"
#include "tests/seeds.h"

namespace syncline::sim {
namespace {

Time ps(std::uint64_t count) { return Time::picoseconds(static_cast<std::int64_t>(count)); }

/// The obvious twin: a map, searched from end to end.
std::uint32_t first_of(const std::map<std::uint32_t, std::pair<Time, std::uint64_t>>& dues) {
  auto first = dues.begin();
  for (auto each = dues.begin(); each != dues.end(); ++each) {
    if (each->second < first->second) first = each;
  }
  return first->first;
}

TEST(DueTimes, TellsTheFirstAsASearchedMapDoes) {
  for (const std::uint64_t seed : seeds(50)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomStream random(seed, "due times test");
    DueTimes dues;
    std::map<std::uint32_t, std::pair<Time, std::uint64_t>> oracle;
    const std::uint64_t range = random.below(2) == 0 ? 20 : 1'000'000;  // many ties, or few
    for (int i = 0; i < 3000; ++i) {
      const auto index = static_cast<std::uint32_t>(random.below(40));
      if (random.below(4) > 0) {  // and many are moved, to and fro
        const std::pair due{ps(random.below(range)),
                            oracle.contains(index) ? oracle[index].second : static_cast<std::uint64_t>(i)};
        dues.set(index, due.first, due.second);
        oracle[index] = due;
      } else {
        dues.remove(index);
        oracle.erase(index);
      }
      ASSERT_EQ(dues.size(), oracle.size());
      ASSERT_EQ(dues.empty(), oracle.empty());
      if (oracle.empty()) continue;
      ASSERT_EQ(dues.next(), first_of(oracle));
      ASSERT_EQ(dues.next_time(), oracle[dues.next()].first);
    }
  }
}

TEST(DueTimes, OneThatIsMovedAllTheTimeLeavesNoHeapOfOldTimes) {
  DueTimes dues;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) dues.set(0, ps(2'000'000 - i), 1);
  EXPECT_EQ(dues.size(), 1U);
  EXPECT_EQ(dues.next_time(), ps(1'000'001));
  EXPECT_LT(dues.entries(), 200U);
}

TEST(DueTimes, ATimeThatComesBackIsThereOnce) {
  DueTimes dues;
  for (int i = 0; i < 100'000; ++i) {
    dues.set(0, ps(5), 1);
    dues.set(1, ps(7), 2);
    if (i % 2 == 0) dues.remove(1);
    dues.set(2, ps(static_cast<std::uint64_t>(9 + i % 2)), 3);
  }
  EXPECT_EQ(dues.size(), 3U);
  EXPECT_LT(dues.entries(), 200U);
  EXPECT_EQ(dues.next(), 0U);
}

}  // namespace
}  // namespace syncline::sim
