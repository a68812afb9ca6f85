#include "tools/advice.h"

#include <gtest/gtest.h>

namespace syncline::tools {
namespace {

using models::Outcome;

Outcome outcome(std::string method, double exposed, double wire_bytes, std::int64_t steps) {
  Outcome result;
  result.method = std::move(method);
  result.timeline.breakdown.forward = 0.001;
  result.timeline.breakdown.exposed = exposed;
  result.timeline.iteration = 0.001 + exposed;
  result.timeline.wire_bytes = wire_bytes;
  result.final_accuracy = 0.9;
  if (steps > 0) {
    result.steps_to_target = steps;
    result.seconds_to_target = static_cast<double>(steps) * result.timeline.iteration;
  }
  return result;
}

std::string advice_on(std::vector<Outcome> outcomes, std::int64_t evaluate_every = 1) {
  scenarios::Scenario scenario;
  scenario.evaluate_every = evaluate_every;
  scenario.target_accuracy = 0.88;
  scenario.epochs = 3;
  scenarios::RunResult result;
  result.baseline = "base";
  scenarios::NetworkResult network;
  network.outcomes = std::move(outcomes);
  return advice(scenario, result, network);
}

TEST(Advice, NamesThePartThatShrinksMostAndTheBytes) {
  EXPECT_EQ(advice_on({outcome("base", 0.009, 250000, 100), outcome("small", 0.001, 2500, 100)}),
            "Use small here: it reaches 88.0 % in 200 ms, 5.00 times faster than base: its step takes 2.00 ms instead of 10.0 "
            "ms, above "
            "all since exposed communication falls from 9.00 ms to 1.00 ms (a worker sends 2.50 kB a step, not 250 kB).");
}

TEST(Advice, NamesStepsWhereThoseDecide) {
  EXPECT_EQ(advice_on({outcome("base", 0.001, 1000, 400), outcome("quick", 0.001, 1000, 100)}),
            "Use quick here: it reaches 88.0 % in 200 ms, 4.00 times faster than base: it needs 100 steps instead of 400.");
}

TEST(Advice, ComparesWithTheNextWhereTheBaselineWins) {
  EXPECT_NE(
      advice_on({outcome("base", 0.001, 1000, 100), outcome("other", 0.003, 1000, 100)}).find("2.00 times faster than other"),
      std::string::npos);
}

TEST(Advice, TellsATie) {
  EXPECT_EQ(advice_on({outcome("base", 0.001, 1000, 100), outcome("twin", 0.001, 1000, 100)}),
            "Take the simpler of base and twin here: both reach 88.0 % in 200 ms.");
}

TEST(Advice, TellsWhatSpeedCosts) {
  Outcome quick = outcome("quick", 0.001, 1000, 100);
  quick.final_accuracy = 0.889;
  EXPECT_EQ(advice_on({outcome("base", 0.001, 1000, 400), quick}),
            "Use quick here: it reaches 88.0 % in 200 ms, 4.00 times faster than base: it needs 100 steps instead of 400. But it "
            "ends at 88.9 %, 1.1 points below base.");
}

TEST(Advice, TellsWhereTheFirstTestCameTooLate) {
  EXPECT_EQ(
      advice_on({outcome("base", 0.003, 1000, 64), outcome("quick", 0.001, 1000, 64)}, 64),
      "Use quick here: it reaches 88.0 % in 128 ms, 2.00 times faster than base: its step takes 2.00 ms instead of 4.00 ms, "
      "above all since exposed communication falls from 3.00 ms to 1.00 ms. Both were there when first tested: a smaller "
      "evaluate_every would tell them apart.");
}

TEST(Advice, SaysWhatToDoWhereNothingReachesTheTarget) {
  EXPECT_EQ(
      advice_on({outcome("base", 0.001, 1000, 0)}),
      "Nothing reaches 88.0 % in 3 epochs; base ends nearest, at 90.0 %: give it more epochs, tune the learning rate, or lower "
      "target_accuracy.");
}

TEST(Advice, TellsALoneWinner) {
  EXPECT_EQ(advice_on({outcome("base", 0.001, 1000, 0), outcome("other", 0.001, 1000, 100)}),
            "Use other here: it reaches 88.0 % in 200 ms, and nothing else does.");
}

}  // namespace
}  // namespace syncline::tools
