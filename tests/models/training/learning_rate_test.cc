#include "models/training/learning_rate.h"

#include <gtest/gtest.h>

#include <limits>

#include "sim/error.h"

namespace syncline::models {
namespace {

TEST(LearningRate, ConstantStaysTheSame) {
  const LearningRate rate{.base = 0.25};
  for (const std::int64_t step : {0, 1, 1000}) EXPECT_EQ(rate.at(step), 0.25);
}

TEST(LearningRate, StepFallsEveryFewSteps) {
  const LearningRate rate{.kind = LearningRateKind::step, .base = 2, .step_every = 10, .step_factor = 0.5};
  EXPECT_EQ(rate.at(0), 2);
  EXPECT_EQ(rate.at(9), 2);
  EXPECT_EQ(rate.at(10), 1);
  EXPECT_EQ(rate.at(35), 0.25);
}

TEST(LearningRate, WarmupIsLinearAndCosineFallsToTheFloor) {
  const LearningRate rate{
      .kind = LearningRateKind::warmup_cosine, .base = 4, .warmup_steps = 4, .total_steps = 12, .min_factor = 0.25};
  EXPECT_EQ(rate.at(0), 1);
  EXPECT_EQ(rate.at(1), 2);
  EXPECT_EQ(rate.at(3), 4);
  EXPECT_EQ(rate.at(4), 4);             // cos 0 = 1
  EXPECT_NEAR(rate.at(8), 2.5, 1e-15);  // half-way: (4 + 1) / 2; the library's cos(pi / 2) is off by less than 1e-16
  EXPECT_EQ(rate.at(12), 1);
  EXPECT_EQ(rate.at(99), 1);
  for (std::int64_t step = 4; step < 12; ++step) EXPECT_GT(rate.at(step), rate.at(step + 1));
}

TEST(LearningRate, WarmupMayBeLeftOut) {
  const LearningRate rate{.kind = LearningRateKind::warmup_cosine, .base = 4, .total_steps = 10};
  EXPECT_EQ(rate.at(0), 4);
}

TEST(LearningRate, ImpossibleOnesAreUserErrors) {
  EXPECT_NO_THROW(check({}));
  EXPECT_THROW(check({.base = 0}), UserError);
  EXPECT_THROW(check({.base = -1}), UserError);
  EXPECT_THROW(check({.base = std::numeric_limits<double>::quiet_NaN()}), UserError);
  EXPECT_THROW(check({.base = std::numeric_limits<double>::infinity()}), UserError);
  EXPECT_THROW(check({.warmup_steps = -1}), UserError);
  EXPECT_THROW(check({.step_every = 0}), UserError);
  EXPECT_THROW(check({.step_factor = 1.5}), UserError);
  EXPECT_THROW(check({.min_factor = -0.5}), UserError);
  EXPECT_THROW(check({.kind = LearningRateKind::warmup_cosine, .warmup_steps = 10, .total_steps = 10}), UserError);
}

}  // namespace
}  // namespace syncline::models
