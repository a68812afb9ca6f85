#include "models/data/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/error.h"

namespace syncline::models {
namespace {

using testing::UnorderedElementsAreArray;

constexpr std::uint64_t kSeed = 3;

std::vector<std::int32_t> draw(Sampler& sampler, int worker, int batch) {
  std::vector<std::int32_t> out{-1, -1};  // what was there before is gone
  sampler.next(worker, batch, out);
  return out;
}

TEST(Sampler, DrawsEverySampleOncePerPassAlsoAcrossBatches) {
  const std::vector<std::int32_t> shard{2, 3, 5, 7, 11, 13, 17};
  for (const int batch : {1, 2, 3, 7}) {
    Sampler sampler({shard}, kSeed);
    std::vector<std::int32_t> drawn;
    while (drawn.size() < 7u * 6) {
      const auto next = draw(sampler, 0, batch);
      ASSERT_EQ(next.size(), static_cast<std::size_t>(batch));
      drawn.insert(drawn.end(), next.begin(), next.end());
    }
    for (std::ptrdiff_t pass = 0; pass < 6; ++pass) {
      const std::vector<std::int32_t> part(drawn.begin() + 7 * pass, drawn.begin() + 7 * (pass + 1));
      EXPECT_THAT(part, UnorderedElementsAreArray(shard)) << "batch " << batch << ", pass " << pass;
    }
  }
}

TEST(Sampler, ShufflesEachPassAnew) {
  std::vector<std::int32_t> shard(50);
  for (std::size_t i = 0; i < shard.size(); ++i) shard[i] = static_cast<std::int32_t>(i);
  Sampler sampler({shard}, kSeed);
  const auto first = draw(sampler, 0, 50), second = draw(sampler, 0, 50);
  EXPECT_NE(first, shard);
  EXPECT_NE(first, second);
}

TEST(Sampler, ABatchMayExceedTheShard) {
  Sampler sampler({{4, 9}}, kSeed);
  const auto out = draw(sampler, 0, 6);
  EXPECT_EQ(std::ranges::count(out, 4), 3);
  EXPECT_EQ(std::ranges::count(out, 9), 3);
}

TEST(Sampler, WorkersDoNotDependOnEachOther) {
  const Shards shards{{0, 1, 2, 3, 4, 5, 6, 7}, {8, 9, 10, 11, 12, 13, 14, 15}};
  Sampler alone(shards, kSeed), together(shards, kSeed);
  for (int i = 0; i < 5; ++i) {
    draw(together, 0, 3 + i);
    EXPECT_EQ(draw(alone, 1, 4), draw(together, 1, 4));
  }
}

TEST(Sampler, RefusesEmptyShardsAndBatches) {
  EXPECT_THROW(Sampler({{1}, {}}, kSeed), InternalError);
  Sampler sampler({{1}}, kSeed);
  EXPECT_THROW(draw(sampler, 0, 0), InternalError);
  EXPECT_THROW(draw(sampler, 1, 1), InternalError);
}

}  // namespace
}  // namespace syncline::models
