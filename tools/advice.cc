#include "tools/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "tools/quantities.h"
#include "tools/timing_report.h"

namespace syncline::tools {
namespace {

using models::Breakdown;
using models::Outcome;

/// The parts of a step, by the words that a sentence needs.
std::vector<std::pair<std::string, double>> parts_of(const Breakdown& breakdown) {
  return {{"forward", breakdown.forward},
          {"backward", breakdown.backward},
          {"compression", breakdown.compression},
          {"the update", breakdown.update},
          {"exposed communication", breakdown.exposed},
          {"waiting for others", breakdown.idle}};
}

/// Time to target is steps times time per step: name the factor that gains more, and the other where it costs.
std::string reason(const Outcome& best, const Outcome& other) {
  const double steps = static_cast<double>(*other.steps_to_target) / static_cast<double>(*best.steps_to_target);
  const double step_time = other.timeline.iteration / best.timeline.iteration;
  const std::string counts = fmt::format("{} steps instead of {}", *best.steps_to_target, *other.steps_to_target);
  if (steps >= step_time) {
    std::string text = "it needs " + counts;
    if (step_time < 0.98) text += fmt::format(", although each takes {} times as long", factor_text(1 / step_time));
    return text;
  }
  std::string text = shorter_step(best, other);
  if (steps < 0.98) text += ", although it needs " + counts;
  return text;
}

/// The fastest of those that are not `best`; nullptr where nothing else reaches the target.
const Outcome* second(const std::vector<Outcome>& outcomes, const Outcome* best) {
  const Outcome* found = nullptr;
  for (const Outcome& outcome : outcomes) {
    if (&outcome == best || !outcome.seconds_to_target) continue;
    if (found == nullptr || *outcome.seconds_to_target < *found->seconds_to_target) found = &outcome;
  }
  return found;
}

std::string advice_without_winner(const scenarios::Scenario& scenario, const std::vector<Outcome>& outcomes) {
  const Outcome& nearest = *std::max_element(
      outcomes.begin(), outcomes.end(), [](const Outcome& a, const Outcome& b) { return a.final_accuracy < b.final_accuracy; });
  return fmt::format(
      "Nothing reaches {} in {} epochs; {} ends nearest, at {}: give it more epochs, tune the learning rate, or lower "
      "target_accuracy.",
      percent_text(scenario.target_accuracy), scenario.epochs, nearest.method, percent_text(nearest.final_accuracy));
}

const Outcome* baseline_of(const scenarios::RunResult& result, const std::vector<Outcome>& outcomes) {
  for (const Outcome& outcome : outcomes) {
    if (outcome.method == result.baseline && outcome.seconds_to_target) return &outcome;
  }
  return nullptr;
}

/// What the winner's speed costs: accuracy at the end, against `other`.
std::string loss_of_accuracy(const Outcome& best, const Outcome& other) {
  const double points = 100 * (other.final_accuracy - best.final_accuracy);
  if (points < 0.5) return "";
  return fmt::format(" But it ends at {}, {:.1f} points below {}.", percent_text(best.final_accuracy), points, other.method);
}

/// Where both are at the target when they are first tested, nobody knows which was there first.
std::string coarse_measurement(const scenarios::Scenario& scenario, const Outcome& best, const Outcome& other) {
  if (*best.steps_to_target > scenario.evaluate_every || *other.steps_to_target != *best.steps_to_target) return "";
  return " Both were there when first tested: a smaller evaluate_every would tell them apart.";
}

}  // namespace

std::string shorter_step(const Outcome& best, const Outcome& other) {
  const auto mine = parts_of(best.timeline.breakdown);
  const auto theirs = parts_of(other.timeline.breakdown);
  std::size_t most = 0;
  for (std::size_t i = 1; i < mine.size(); ++i) {
    if (theirs[i].second - mine[i].second > theirs[most].second - mine[most].second) most = i;
  }
  std::string text = fmt::format("its step takes {} instead of {}, above all since {} falls from {} to {}",
                                 seconds_text(best.timeline.iteration), seconds_text(other.timeline.iteration), mine[most].first,
                                 seconds_text(theirs[most].second), seconds_text(mine[most].second));
  if (best.timeline.wire_bytes < 0.95 * other.timeline.wire_bytes) {
    text += fmt::format(" (a worker sends {} a step, not {})", bytes_text(best.timeline.wire_bytes),
                        bytes_text(other.timeline.wire_bytes));
  }
  return text;
}

std::string advice(const scenarios::Scenario& scenario, const scenarios::RunResult& result,
                   const scenarios::NetworkResult& network) {
  if (!scenario.train) return timing_advice(scenario, result, network);
  const Outcome* best = models::first_to_target(network.outcomes);
  if (best == nullptr) return advice_without_winner(scenario, network.outcomes);
  const Outcome* other = baseline_of(result, network.outcomes);
  if (other == nullptr || other == best) other = second(network.outcomes, best);
  const std::string start = fmt::format("Use {} here: it reaches {} in {}", best->method, percent_text(scenario.target_accuracy),
                                        seconds_text(*best->seconds_to_target));
  if (other == nullptr) return start + ", and nothing else does.";
  const std::string end = loss_of_accuracy(*best, *other) + coarse_measurement(scenario, *best, *other);
  const double factor = *other->seconds_to_target / *best->seconds_to_target;
  if (factor < 1.005) {
    return fmt::format("Take the simpler of {} and {} here: both reach {} in {}.", best->method, other->method,
                       percent_text(scenario.target_accuracy), seconds_text(*best->seconds_to_target)) +
           end;
  }
  return start + fmt::format(", {} times faster than {}: {}.", factor_text(factor), other->method, reason(*best, *other)) + end;
}

}  // namespace syncline::tools
