// The step size as a function of the step.
#pragma once

#include <cstdint>

namespace syncline::models {

enum class LearningRateKind { constant, step, warmup_cosine };

/// constant:       base
/// step:           base * step_factor ^ floor(step / step_every)
/// warmup_cosine:  linear from base / warmup_steps at step 0 to base at step warmup_steps - 1 (Goyal et al. 2017, section 2.2),
///                 then base * (min_factor + (1 - min_factor) * (1 + cos(pi * t)) / 2), t from 0 to 1 over the remaining steps
///                 (Loshchilov and Hutter 2017, equation 5, one cycle); min_factor * base beyond total_steps.
struct LearningRate {
  LearningRateKind kind = LearningRateKind::constant;
  double base = 0.1;
  std::int64_t warmup_steps = 0;
  std::int64_t total_steps = 1;
  std::int64_t step_every = 1;
  double step_factor = 0.1;
  double min_factor = 0.0;

  double at(std::int64_t step) const;  // step counts from 0
};

/// UserError with the offending value: base not positive, a factor outside [0, 1], step_every < 1, warmup_steps < 0,
/// total_steps <= warmup_steps (warmup_cosine).
void check(const LearningRate& rate);

}  // namespace syncline::models
