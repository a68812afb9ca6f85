#include "tools/timing_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/dnn/dnn.h"
#include "tools/advice.h"
#include "tools/quantities.h"
#include "tools/table.h"

namespace syncline::tools {
namespace {

using models::Outcome;

std::string rate_text(double samples_per_second) {
  return fmt::format("{:.{}f}", samples_per_second, samples_per_second < 100 ? 1 : 0);
}

bool is_shorter(const Outcome& a, const Outcome& b) { return a.timeline.iteration < b.timeline.iteration; }

}  // namespace

double samples_per_second(const scenarios::Scenario& scenario, const Outcome& outcome) {
  return static_cast<double>(scenario.workers) * scenario.batch / outcome.timeline.iteration;
}

std::string timed_model_text(const scenarios::Scenario& scenario) {
  if (scenario.layers) return fmt::format("{} layers of its own", scenario.layers->layers.size());
  const models::ModelRow& row = models::model(scenario.model);
  const int tokens = scenario.tokens > 0 ? scenario.tokens : row.standard.tokens;
  const std::string sample = tokens > 0 ? fmt::format("sentences of {} tokens", tokens)
                                        : fmt::format("images of {} x {}", row.standard.height, row.standard.width);
  return fmt::format("{}; {}", row.title, sample);
}

std::vector<std::string> times_head() {
  return {"method", "iteration", "forward", "backward", "compress", "update", "exposed", "idle", "bound ≥", "sent/step"};
}

std::vector<std::string> times_of(const Outcome& outcome) {
  const models::Breakdown& part = outcome.timeline.breakdown;
  std::vector<std::string> cells = {outcome.method};
  for (const double seconds : {outcome.timeline.iteration, part.forward, part.backward, part.compression, part.update,
                               part.exposed, part.idle, outcome.timeline.bound}) {
    cells.push_back(seconds_text(seconds));
  }
  cells.push_back(bytes_text(outcome.timeline.wire_bytes));
  return cells;
}

std::string timing_table(const scenarios::Scenario& scenario, const scenarios::NetworkResult& network) {
  Table table;
  table.head = times_head();
  table.head.insert(table.head.end(), {"samples/s", "speed-up"});
  const auto best = std::ranges::min_element(network.outcomes, is_shorter);
  table.marked = static_cast<int>(best - network.outcomes.begin());
  for (const Outcome& outcome : network.outcomes) {
    std::vector<std::string> row = times_of(outcome);
    row.push_back(rate_text(samples_per_second(scenario, outcome)));
    row.push_back(outcome.speedup ? fmt::format("{:.2f}×", *outcome.speedup) : "-");
    table.rows.push_back(std::move(row));
  }
  return table.text();
}

std::string timing_advice(const scenarios::Scenario& scenario, const scenarios::RunResult& result,
                          const scenarios::NetworkResult& network) {
  const auto best = std::ranges::min_element(network.outcomes, is_shorter);
  const Outcome* other = nullptr;  // the baseline; else the next
  for (const Outcome& outcome : network.outcomes) {
    if (outcome.method == best->method) continue;
    const bool is_baseline = outcome.method == result.baseline;
    if (other == nullptr || is_baseline || (other->method != result.baseline && is_shorter(outcome, *other))) other = &outcome;
  }
  const std::string rate = rate_text(samples_per_second(scenario, *best)) + " samples a second";
  if (other == nullptr)
    return fmt::format("{} takes {} here; with another method there is something to compare.", best->method, rate);
  const std::string unknown = " What that does to the accuracy is not known: nothing was trained.";
  const double factor = other->timeline.iteration / best->timeline.iteration;
  if (factor < 1.005) return fmt::format("{} and {} are equally fast here: {}.", best->method, other->method, rate) + unknown;
  return fmt::format("{} is fastest here: {}, {} times as many as {}; {}.", best->method, rate, factor_text(factor),
                     other->method, shorter_step(*best, *other)) +
         unknown;
}

}  // namespace syncline::tools
