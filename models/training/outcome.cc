#include "models/training/outcome.h"

#include <algorithm>
#include <map>

namespace syncline::models {

Outcome join(const Trajectory& trajectory, const std::function<Timeline(std::int64_t step)>& play_from) {
  Outcome outcome;
  std::map<int, Timeline> timelines;  // by batch
  double seconds = 0;
  std::size_t next_evaluation = 0;
  for (std::size_t step = 0; step < trajectory.batch.size(); ++step) {
    const int batch = trajectory.batch[step];
    auto found = timelines.find(batch);
    if (found == timelines.end()) {
      found = timelines.emplace(batch, play_from(static_cast<std::int64_t>(step))).first;
    }
    if (step == 0) outcome.timeline = found->second;
    seconds += found->second.iteration;
    if (next_evaluation < trajectory.evaluations.size() &&
        trajectory.evaluations[next_evaluation].step == static_cast<std::int64_t>(step) + 1) {
      outcome.seconds_at_evaluation.push_back(seconds);
      const Evaluation& evaluation = trajectory.evaluations[next_evaluation++];
      if (trajectory.target && trajectory.target->step == evaluation.step) outcome.seconds_to_target = seconds;
    }
  }
  outcome.seconds = seconds;
  outcome.final_accuracy = trajectory.final_accuracy();
  if (trajectory.target) {
    outcome.steps_to_target = trajectory.target->step;
    outcome.epochs_to_target = trajectory.target->epoch;
  }
  return outcome;
}

void compare(std::span<Outcome> outcomes, const std::string& baseline) {
  for (const Outcome& base : outcomes) {
    if (base.method != baseline || !base.seconds_to_target) continue;
    for (Outcome& outcome : outcomes) {
      if (outcome.seconds_to_target) outcome.speedup = *base.seconds_to_target / *outcome.seconds_to_target;
    }
    return;
  }
}

void compare_steps(std::span<Outcome> outcomes, const std::string& baseline) {
  const auto base = std::ranges::find(outcomes, baseline, &Outcome::method);
  if (base == outcomes.end()) return;
  for (Outcome& outcome : outcomes) outcome.speedup = base->timeline.iteration / outcome.timeline.iteration;
}

const Outcome* first_to_target(std::span<const Outcome> outcomes) {
  const Outcome* best = nullptr;
  for (const Outcome& outcome : outcomes) {
    if (outcome.seconds_to_target && (best == nullptr || *outcome.seconds_to_target < *best->seconds_to_target)) best = &outcome;
  }
  return best;
}

}  // namespace syncline::models
