#include "models/training/learning_rate.h"

#include <cmath>
#include <numbers>
#include <string>

#include "sim/error.h"
#include "sim/units_text.h"

namespace syncline::models {
namespace {

double warmup_cosine(const LearningRate& rate, std::int64_t step) {
  if (step < rate.warmup_steps) return rate.base * static_cast<double>(step + 1) / static_cast<double>(rate.warmup_steps);
  if (step >= rate.total_steps) return rate.base * rate.min_factor;
  const double t = static_cast<double>(step - rate.warmup_steps) / static_cast<double>(rate.total_steps - rate.warmup_steps);
  return rate.base * (rate.min_factor + (1 - rate.min_factor) * (1 + std::cos(std::numbers::pi * t)) / 2);
}

}  // namespace

double LearningRate::at(std::int64_t step) const {
  const std::int64_t falls = step / step_every;  // so far, of the step schedule
  switch (kind) {
    case LearningRateKind::constant:
      break;
    case LearningRateKind::step:
      return base * std::pow(step_factor, static_cast<double>(falls));
    case LearningRateKind::warmup_cosine:
      return warmup_cosine(*this, step);
  }
  return base;
}

void check(const LearningRate& rate) {
  if (!(rate.base > 0 && std::isfinite(rate.base))) {
    throw UserError("the learning rate must be a positive finite number, not " + number_text(rate.base));
  }
  for (const double factor : {rate.step_factor, rate.min_factor}) {
    if (!(factor >= 0 && factor <= 1)) {
      throw UserError("a factor of the learning rate must be from 0 to 1, not " + number_text(factor));
    }
  }
  if (rate.step_every < 1) {
    throw UserError("the learning rate must hold for one step at least, not " + std::to_string(rate.step_every));
  }
  if (rate.warmup_steps < 0) throw UserError("the warm-up cannot have " + std::to_string(rate.warmup_steps) + " steps");
  if (rate.kind == LearningRateKind::warmup_cosine && rate.total_steps <= rate.warmup_steps) {
    throw UserError("the warm-up of " + std::to_string(rate.warmup_steps) + " steps must be shorter than the training of " +
                    std::to_string(rate.total_steps));
  }
}

}  // namespace syncline::models
