#include "tools/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/format.h"
#include "sim/units_text.h"
#include "tools/advice.h"
#include "tools/jobs_report.h"
#include "tools/print.h"
#include "tools/quantities.h"
#include "tools/table.h"
#include "tools/timing_report.h"

namespace syncline::tools {
namespace {

using models::Outcome;

std::string schedule_text(const scenarios::LearningRateSetting& rate) {
  switch (rate.kind) {
    case models::LearningRateKind::step:
      return fmt::format("{}, times {} every {} epochs", rate.base, rate.step_factor, rate.step_epochs);
    case models::LearningRateKind::warmup_cosine:
      return fmt::format("{}, after {} {} of warm-up, then by a cosine to {}", rate.base, rate.warmup_epochs,
                         rate.warmup_epochs == 1 ? "epoch" : "epochs", rate.base * rate.min_factor);
    case models::LearningRateKind::constant:
      break;
  }
  return fmt::format("{}", rate.base);
}

std::string data_text(const scenarios::DatasetSetting& data) {
  std::string text = data.name;
  if (!data.folder.empty()) text += " in " + data.folder;
  return text + (data.sharding == scenarios::Sharding::iid ? ", shared out at random"
                                                           : fmt::format(", classes shared out by Dirichlet({})", data.alpha));
}

/// "; k = 8, learning_rate = 0.05": what differs from the method's standard, and from the scenario's optimiser.
std::string parameters_text(const models::MethodSetting& setting) {
  std::string text;
  const auto add = [&](const std::string& name, const std::string& value) {
    text += (text.empty() ? "; " : ", ") + name + " = " + value;
  };
  for (const models::ParameterRow& row : setting.row->parameters) {
    const models::ParameterValue& value = setting.parameters.values().at(row.name);
    if (value != row.standard) add(row.name, scenarios::value_text(value));
  }
  if (setting.learning_rate) add("learning_rate", number_text(*setting.learning_rate));
  if (setting.momentum) add("momentum", number_text(*setting.momentum));
  if (setting.weight_decay) add("weight_decay", number_text(*setting.weight_decay));
  return text;
}

/// One row: where the time of a step goes, and how far the method gets.
std::vector<std::string> row_of(const Outcome& outcome) {
  std::vector<std::string> row = times_of(outcome);
  row.push_back(outcome.steps_to_target ? fmt::format("{}", *outcome.steps_to_target) : "-");
  row.push_back(outcome.epochs_to_target ? fmt::format("{:.2f}", *outcome.epochs_to_target) : "-");
  row.push_back(outcome.seconds_to_target ? seconds_text(*outcome.seconds_to_target) : "never");
  row.push_back(percent_text(outcome.final_accuracy));
  row.push_back(outcome.speedup ? fmt::format("{:.2f}×", *outcome.speedup) : "-");
  return row;
}

}  // namespace

std::string setup_text(const scenarios::Scenario& scenario) {
  std::string text = scenario.title + "\n";
  text += fmt::format("  cluster   {} workers, each with {}\n", scenario.workers, scenario.gpu.title);
  text += fmt::format("  compute   by {}\n", models::source_text(scenario.compute, scenario.gpu));
  if (!scenario.train) {
    return text + fmt::format("  model     {}: {}\n  timing    {} samples per worker and step ({} a step); nothing is trained\n",
                              scenario.model, timed_model_text(scenario), scenario.batch,
                              std::int64_t{scenario.workers} * scenario.batch);
  }
  text += fmt::format("  model     {}\n", scenario.model);
  text += fmt::format("  data      {}\n", data_text(scenario.dataset));
  text += fmt::format("  training  {} samples per worker and step ({} a step), {} epochs, seed {}\n", scenario.batch,
                      std::int64_t{scenario.workers} * scenario.batch, scenario.epochs, scenario.seed);
  text += fmt::format("  SGD       learning rate {}; momentum {}, weight decay {}\n", schedule_text(scenario.learning_rate),
                      scenario.momentum, scenario.weight_decay);
  text += fmt::format("  target    {} test accuracy, measured every {} steps\n", percent_text(scenario.target_accuracy),
                      scenario.evaluate_every);
  return text;
}

std::string methods_text(const scenarios::Scenario& scenario) {
  std::string text;
  for (const models::MethodSetting& method : scenario.methods) {
    text += fmt::format("  method    {}: {}{}\n", method.label, method.row->title, parameters_text(method));
  }
  return text;
}

std::string networks_text(const scenarios::Scenario& scenario) {
  std::string text;
  for (const models::NetworkProfile& network : scenario.networks) {
    text += fmt::format("  network   {}: {}\n", network.name, network.title);
    text += fmt::format("            {}; {}: launch {}, efficiency {}\n", network.cluster.description, network.stack.name,
                        to_text(network.stack.launch), network.stack.efficiency);
    if (network.stack.overlap_slowdown > 1) {
      text += fmt::format("            compute takes {} times as long while its worker communicates\n",
                          network.stack.overlap_slowdown);
    }
    if (network.stack.chains_in_caller)
      text += "            what Power-SGD's hook chains to a collective that has ended holds backward up\n";
    if (has_bursts(network.cluster)) text += "            links let more pass for a while after a pause\n";
  }
  return text;
}

std::string network_table(const scenarios::NetworkResult& network) {
  Table table;
  table.head = times_head();
  table.head.insert(table.head.end(), {"steps", "epochs", "time to target", "accuracy", "speed-up"});
  const Outcome* best = models::first_to_target(network.outcomes);
  for (const Outcome& outcome : network.outcomes) {
    if (&outcome == best) table.marked = static_cast<int>(table.rows.size());
    table.rows.push_back(row_of(outcome));
  }
  return table.text();
}

/// What an iteration is where links change; nothing where they don't.
std::string changes_text(const models::NetworkProfile& profile, const std::vector<Outcome>& outcomes) {
  if (profile.changes.empty()) return "";
  std::string text = "Links change, so that no step is like another: times are means over the first steps of training";
  for (const Outcome& outcome : outcomes) {
    text += fmt::format("{} {}: {}, in which links changed {} times", &outcome == &outcomes.front() ? ";" : ",", outcome.method,
                        outcome.timeline.steps, outcome.timeline.link_changes);
  }
  return text + ".\n";
}

std::string groups_text(const std::vector<models::Trajectory>& trajectories, int workers) {
  int least = workers;
  for (const models::Trajectory& trajectory : trajectories) {
    if (trajectory.workers_at_once > 0) least = std::min(least, trajectory.workers_at_once);
  }
  if (least == workers) return "";
  return fmt::format("  memory    of the device has room for {} of {} workers at a time: they took turns\n", least, workers);
}

void print_report(const scenarios::Scenario& scenario, const scenarios::RunResult& result) {
  write_out(setup_text(scenario));
  print_out("  sizes     {} parameters ({}), ", result.parameters, bytes_text(4.0 * static_cast<double>(result.parameters)));
  if (scenario.train) print_out("{} training and {} test samples\n", result.train_samples, result.test_samples);
  if (!scenario.train) print_out("{} tensors\n", result.tensors);
  write_out(groups_text(result.trajectories, scenario.workers));
  write_out(methods_text(scenario) + jobs_text(scenario));
  for (std::size_t i = 0; i < result.networks.size(); ++i) {
    const scenarios::NetworkResult& network = result.networks[i];
    print_out("\n{}: {}\n{}{}{}\n", network.name, network.title,
              scenario.train ? network_table(network) : timing_table(scenario, network),
              changes_text(scenario.networks[i], network.outcomes), advice(scenario, result, network));
    write_out(jobs_report(scenario, network));
  }
  print_out(
      "\nAll times are simulated, per step, mean over workers. exposed: waiting while one's own data move; idle: waiting for "
      "others.\nsent/step: bytes on the wire per worker and step. bound ≥: no step can be shorter than this, by closed form.\n");
  write_out(jobs_legend(scenario));
  if (result.baseline.empty()) return;
  print_out("speed-up: of the {}, over {}.\n", scenario.train ? "time to target" : "step", result.baseline);
}

}  // namespace syncline::tools
