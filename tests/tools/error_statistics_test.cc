// Against numbers worked out by hand.
#include "tools/error_statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace syncline::tools {
namespace {

TEST(ErrorStatistics, AreThoseWorkedOutByHand) {
  // Errors: +50 %, -50 %, 0, +25 %.
  const ErrorStatistics all = error_statistics(std::vector{3.0, 1.0, 8.0, 5.0}, std::vector{2.0, 2.0, 8.0, 4.0});
  EXPECT_EQ(all.cases, 4u);
  EXPECT_EQ(all.mean, 0.3125);
  EXPECT_EQ(all.greatest, 0.5);
  EXPECT_EQ(all.bias, 0.0625);
  EXPECT_EQ(error_statistics({}, {}).cases, 0u);
}

TEST(Spearman, IsOneForTheSameOrderAndMinusOneForTheOpposite) {
  EXPECT_DOUBLE_EQ(*spearman(std::vector{1.0, 2.0, 30.0, 400.0}, std::vector{5.0, 6.0, 7.0, 8.0}), 1);
  EXPECT_DOUBLE_EQ(*spearman(std::vector{1.0, 2.0, 30.0}, std::vector{3.0, 2.0, 1.0}), -1);
}

// Without ties it is 1 - 6 sum d^2 / (n (n^2 - 1)): ranks 1 2 3 4 5 and 2 1 4 3 5, so d^2 is 1 four times: 1 - 24 / 120.
TEST(Spearman, IsTheFormulaOfTheDifferencesOfRanks) {
  EXPECT_DOUBLE_EQ(*spearman(std::vector{1.0, 2.0, 3.0, 4.0, 5.0}, std::vector{20.0, 10.0, 40.0, 30.0, 50.0}), 0.8);
}

// Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: covariance 4.5, variances 4.5 and 5; 4.5 / sqrt(22.5).
TEST(Spearman, GivesEqualValuesTheMeanOfTheirRanks) {
  EXPECT_DOUBLE_EQ(*spearman(std::vector{1.0, 2.0, 2.0, 9.0}, std::vector{1.0, 2.0, 3.0, 4.0}), 4.5 / std::sqrt(22.5));
}

TEST(Spearman, IsUnknownWhereThereIsNoOrder) {
  EXPECT_FALSE(spearman(std::vector{1.0}, std::vector{1.0}));
  EXPECT_FALSE(spearman(std::vector{1.0, 1.0}, std::vector{1.0, 2.0}));
}

TEST(Order, CountsPairsThatAreApartByMoreThanTheirSpreads) {
  const std::vector measured{10.0, 11.0, 20.0};
  // 10 and 11 are not apart; of the two other pairs one is predicted the wrong way round.
  const Order order = order_of(std::vector{5.0, 9.0, 7.0}, measured, std::vector{0.5, 0.5, 1.0});
  EXPECT_EQ(order.pairs, 2u);
  EXPECT_EQ(order.right, 1u);
  EXPECT_EQ(order_of(std::vector{5.0, 5.0, 7.0}, measured, std::vector{0.0, 0.0, 0.0}).right, 2u);  // a tie is no order
}

}  // namespace
}  // namespace syncline::tools
