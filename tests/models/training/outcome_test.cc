#include <gtest/gtest.h>

#include "models/training/outcome.h"

namespace syncline::models {
namespace {

Trajectory trajectory_of(std::vector<int> batches) {
  Trajectory trajectory;
  trajectory.batch = std::move(batches);
  trajectory.loss.assign(trajectory.batch.size(), 1.0);
  trajectory.evaluations = {{2, 0.5, 1.0, 0.4}, {4, 1.0, 0.5, 0.8}};
  trajectory.target = trajectory.evaluations[1];
  return trajectory;
}

// Two steps of 1 s, then the batch grows and steps take 3 s.
TEST(Outcome, TimeFollowsTheBatch) {
  std::vector<std::int64_t> asked;
  const Outcome outcome = join(trajectory_of({8, 8, 16, 16, 16}), [&](std::int64_t step) {
    asked.push_back(step);
    Timeline timeline;
    timeline.iteration = step == 0 ? 1 : 3;
    return timeline;
  });
  EXPECT_EQ(asked, (std::vector<std::int64_t>{0, 2}));
  EXPECT_EQ(outcome.seconds_at_evaluation, (std::vector<double>{2, 8}));
  EXPECT_EQ(outcome.seconds_to_target, 8);
  EXPECT_EQ(outcome.seconds, 11);
  EXPECT_EQ(outcome.steps_to_target, 4);
  EXPECT_EQ(outcome.final_accuracy, 0.8);
}

TEST(Outcome, SpeedupsAreOverTheBaselinesTimeToTarget) {
  std::vector<Outcome> outcomes(3);
  outcomes[0].method = "wfbp";
  outcomes[0].seconds_to_target = 6;
  outcomes[1].seconds_to_target = 2;  // outcomes[2] never gets there
  compare(outcomes, "wfbp");
  EXPECT_EQ(outcomes[0].speedup, 1);
  EXPECT_EQ(outcomes[1].speedup, 3);
  EXPECT_FALSE(outcomes[2].speedup);
  EXPECT_EQ(first_to_target(outcomes), &outcomes[1]);
  EXPECT_EQ(first_to_target(std::span(outcomes).subspan(2)), nullptr);
}

}  // namespace
}  // namespace syncline::models
