#include "tools/real/operations.h"

#include <gtest/gtest.h>

namespace syncline::tools {
namespace {

sim::Span span(int rank, const char* name, int begin_ms, int end_ms) {
  return {rank, name, "communication", Time::milliseconds(begin_ms), Time::milliseconds(end_ms), Bytes(8)};
}

TEST(Operations, AreMediansOverThePeriodsThatAreNotSkipped) {
  const std::vector<sim::Span> spans = {span(0, "a", 0, 90),    span(0, "a", 110, 111), span(0, "a", 120, 122),
                                        span(0, "a", 210, 213), span(0, "a", 230, 234), span(0, "a", 310, 317),
                                        span(0, "a", 320, 329)};
  const std::vector<Operation> operations = operations_of(spans, {{0, 0.1, 0.2, 0.3, 0.4}}, 1);
  ASSERT_EQ(operations.size(), 2U);
  constexpr double kRounding = 1e-15;                    // of differences of times below 1
  EXPECT_NEAR(operations[0].seconds, 0.003, kRounding);  // of 1, 3 and 7 ms
  EXPECT_NEAR(operations[0].begin, 0.010, kRounding);
  EXPECT_NEAR(operations[1].seconds, 0.004, kRounding);  // of 2, 4 and 9 ms
  EXPECT_NEAR(operations[1].begin, 0.020, kRounding);    // of 20, 30 and 20 ms
}

TEST(Operations, OfOneNameAreToldApartByRankAndOrder) {
  const std::vector<std::vector<double>> begins = {{0, 1}, {0, 1}};
  const auto predicted = operations_of({span(0, "a", 0, 1), span(0, "a", 5, 7), span(1, "a", 0, 3)}, begins, 0);
  const auto measured =
      operations_of({span(1, "a", 0, 30), span(0, "a", 60, 80), span(0, "a", 0, 10), span(1, "b", 0, 1)}, begins, 0);
  const std::vector<OperationPair> pairs = match(predicted, measured);
  ASSERT_EQ(pairs.size(), 3U);
  for (const OperationPair& pair : pairs) EXPECT_DOUBLE_EQ(pair.measured.seconds, 10 * pair.predicted.seconds);
}

TEST(Operations, MedianOfAnEvenNumberIsTheMeanOfTheMiddle) {
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median({5}), 5);
  EXPECT_EQ(median({}), 0);
}

}  // namespace
}  // namespace syncline::tools
