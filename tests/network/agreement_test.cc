#include "network/agreement.h"

#include <gtest/gtest.h>

#include <vector>

namespace syncline::network {
namespace {

struct Answer {
  std::int64_t value = 0;
  Time at;
  bool operator==(const Answer&) const = default;
};

/// Calls at once after each wait; what it is told, and when.
sim::Task<> call(sim::Simulator& simulator, Agreement& agreement, int rank, std::vector<std::int64_t> values, Time wait,
                 std::vector<Answer>& answers) {
  for (const std::int64_t value : values) {
    co_await sim::delay(simulator, wait);
    const std::int64_t least = co_await agreement.least(rank, value);
    answers.push_back({least, simulator.now()});
  }
}

// Rank 1 waits 3 ms before each call, the others less: all are told at its calls, 3, 6 and 9 ms, the least of their i-th values.
TEST(Agreement, TellsAllTheLeastWhenTheLastHasCalled) {
  sim::Simulator simulator;
  Agreement agreement(simulator, 3);
  std::vector<std::vector<Answer>> answers(3);
  const std::vector<std::vector<std::int64_t>> values = {{5, -1, 7}, {4, 9, 7}, {6, 0, 8}};
  for (int rank = 0; rank < 3; ++rank) {
    const auto r = static_cast<std::size_t>(rank);
    const Time wait = Time::milliseconds(rank == 1 ? 3 : rank);
    sim::spawn(simulator, call(simulator, agreement, rank, values[r], wait, answers[r]));
  }
  simulator.run();
  const std::vector<Answer> expected = {{4, Time::milliseconds(3)}, {-1, Time::milliseconds(6)}, {7, Time::milliseconds(9)}};
  for (const auto& told : answers) EXPECT_EQ(told, expected);
}

TEST(Agreement, OneRankAgreesWithItself) {
  sim::Simulator simulator;
  Agreement agreement(simulator, 1);
  std::vector<Answer> answers;
  sim::spawn(simulator, call(simulator, agreement, 0, {3, 2}, Time::zero(), answers));
  simulator.run();
  EXPECT_EQ(answers, (std::vector<Answer>{{3, Time::zero()}, {2, Time::zero()}}));
}

}  // namespace
}  // namespace syncline::network
