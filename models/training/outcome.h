// An outcome: a trajectory joined with a timeline. When does this method reach the target on this network?
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/training/timeline.h"
#include "models/training/trajectory.h"

namespace syncline::models {

struct Outcome {
  std::string method;  // label
  std::string network;
  Timeline timeline;           // of the first steps
  std::size_t trajectory = 0;  // index of its trajectory among those of the run
  std::optional<std::int64_t> steps_to_target;
  std::optional<double> epochs_to_target, seconds_to_target;
  double final_accuracy = 0;
  double seconds = 0;                         // of the whole training
  std::vector<double> seconds_at_evaluation;  // simulated time of each of the trajectory's evaluations
  std::optional<double> speedup;              // of the time to target, over the baseline's; of the step where nothing is trained
};

/// `play_from(step)` plays the method as it is from that step on; called once for each batch size of the trajectory.
Outcome join(const Trajectory& trajectory, const std::function<Timeline(std::int64_t step)>& play_from);

/// Sets `speedup` of all outcomes of one network against the baseline's time to target.
void compare(std::span<Outcome> outcomes, const std::string& baseline);

/// Likewise against the baseline's step.
void compare_steps(std::span<Outcome> outcomes, const std::string& baseline);

/// The one that reaches the target first, or nullptr if none does.
const Outcome* first_to_target(std::span<const Outcome> outcomes);

}  // namespace syncline::models
