#include "tools/json_report.h"

#include <nlohmann/json.hpp>

#include "models/dnn/dnn.h"
#include "tools/advice.h"
#include "tools/jobs_report.h"
#include "tools/timing_report.h"

namespace syncline::tools {
namespace {

using json = nlohmann::ordered_json;

template <class T>
json optional(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json parameters_json(const models::Parameters& parameters) {
  json result = json::object();
  for (const auto& entry : parameters.values()) {
    std::visit([&](const auto& plain) { result[entry.first] = plain; }, entry.second);
  }
  return result;
}

json setting_json(const models::MethodSetting& setting) {
  return {{"label", setting.label},
          {"method", setting.row->name},
          {"parameters", parameters_json(setting.parameters)},
          {"learning_rate", optional(setting.learning_rate)},
          {"momentum", optional(setting.momentum)},
          {"weight_decay", optional(setting.weight_decay)}};
}

json synthetic_json(const models::SyntheticSpec& spec) {
  return {{"channels", spec.channels}, {"height", spec.height},         {"width", spec.width},
          {"classes", spec.classes},   {"separation", spec.separation}, {"label_noise", spec.label_noise}};
}

json dataset_json(const scenarios::Scenario& scenario, const scenarios::RunResult& result) {
  const scenarios::DatasetSetting& data = scenario.dataset;
  const bool iid = data.sharding == scenarios::Sharding::iid;
  return {{"name", data.name},
          {"folder", data.folder.empty() ? json(nullptr) : json(data.folder)},
          {"synthetic", data.name == "synthetic" ? synthetic_json(data.synthetic) : json(nullptr)},
          {"train_samples", result.train_samples},
          {"test_samples", result.test_samples},
          {"shards", iid ? "iid" : "dirichlet"},
          {"alpha", iid ? json(nullptr) : json(data.alpha)}};
}

json gpu_json(const models::DeviceProfile& gpu) {
  return {{"name", gpu.name},
          {"title", gpu.title},
          {"flops_per_second", gpu.flops_per_second},
          {"memory_bytes_per_second", gpu.memory.in_bytes_per_second()},
          {"compute_efficiency", gpu.compute_efficiency},
          {"memory_efficiency", gpu.memory_efficiency},
          {"launch", gpu.launch.seconds()},
          {"source", gpu.source}};
}

/// Which of rate, profile and roofline says how long layers take.
json compute_json(const models::ComputeSetting& compute, const models::DeviceProfile& gpu) {
  return {{"by", models::source_name(compute)}, {"source", models::source_text(compute, gpu)}};
}

/// The schedule's own keys, as a scenario has them.
json schedule_json(const scenarios::LearningRateSetting& rate) {
  switch (rate.kind) {
    case models::LearningRateKind::step:
      return {{"name", "step"}, {"step_epochs", rate.step_epochs}, {"step_factor", rate.step_factor}};
    case models::LearningRateKind::warmup_cosine:
      return {{"name", "warmup-cosine"}, {"warmup_epochs", rate.warmup_epochs}, {"min_factor", rate.min_factor}};
    case models::LearningRateKind::constant:
      break;
  }
  return {{"name", "constant"}};
}

json job_json(const scenarios::Scenario& scenario, const scenarios::JobSetting& job) {
  return {{"name", job.name},
          {"method", scenario.methods[job.method].label},
          {"model", job.model},
          {"batch", job.batch},
          {"start", job.start.seconds()},
          {"workers", job.placed.count},
          {"placement", placement_text(job.placed)},
          {"compute", compute_json(job.compute, scenario.gpu)}};
}

json scenario_json(const scenarios::Scenario& scenario, const scenarios::RunResult& result) {
  const scenarios::LearningRateSetting& rate = scenario.learning_rate;
  json methods = json::array();
  for (const models::MethodSetting& setting : scenario.methods) methods.push_back(setting_json(setting));
  json jobs = json::array();
  for (const scenarios::JobSetting& job : scenario.jobs) jobs.push_back(job_json(scenario, job));
  json report = {{"title", scenario.title},
                 {"seed", scenario.seed},
                 {"model", scenario.model},
                 {"parameters", result.parameters},
                 {"train", scenario.train},
                 {"dataset", dataset_json(scenario, result)},
                 {"workers", scenario.workers},
                 {"batch", scenario.batch},
                 {"epochs", scenario.epochs},
                 {"target_accuracy", scenario.target_accuracy},
                 {"evaluate_every", scenario.evaluate_every},
                 {"learning_rate", rate.base},
                 {"schedule", schedule_json(rate)},
                 {"momentum", scenario.momentum},
                 {"weight_decay", scenario.weight_decay},
                 {"gpu", gpu_json(scenario.gpu)},
                 {"compute", compute_json(scenario.compute, scenario.gpu)},
                 {"methods", methods},
                 {"jobs", jobs}};
  if (scenario.train) return report;
  for (const char* key :
       {"dataset", "epochs", "target_accuracy", "evaluate_every", "learning_rate", "schedule", "momentum", "weight_decay"}) {
    report[key] = nullptr;
  }
  const int standard = scenario.layers ? 0 : models::model(scenario.model).standard.tokens;
  if (standard > 0) {
    report["tokens"] = scenario.tokens > 0 ? scenario.tokens : standard;
  }
  return report;
}

/// The curves against steps: the training loss of each, and the test set's loss and accuracy where they were measured.
json trajectory_json(const models::Trajectory& trajectory) {
  json evaluations = json::array();
  for (const models::Evaluation& each : trajectory.evaluations) {
    evaluations.push_back({{"step", each.step}, {"epoch", each.epoch}, {"loss", each.loss}, {"accuracy", each.accuracy}});
  }
  return {{"training_loss", trajectory.loss}, {"batch", trajectory.batch}, {"evaluations", evaluations}};
}

/// The curves against simulated time.
json curve_json(const models::Trajectory& trajectory, const models::Outcome& outcome) {
  json curve = json::array();
  for (std::size_t i = 0; i < trajectory.evaluations.size() && i < outcome.seconds_at_evaluation.size(); ++i) {
    const models::Evaluation& each = trajectory.evaluations[i];
    json point = {
        {"seconds", outcome.seconds_at_evaluation[i]}, {"step", each.step}, {"loss", each.loss}, {"accuracy", each.accuracy}};
    if (each.step >= 1 && each.step <= static_cast<std::int64_t>(trajectory.loss.size())) {
      point["training_loss"] = trajectory.loss[static_cast<std::size_t>(each.step - 1)];
    }
    curve.push_back(point);
  }
  return curve;
}

json breakdown_json(const models::Breakdown& part) {
  return {{"forward", part.forward}, {"backward", part.backward}, {"compression", part.compression},
          {"update", part.update},   {"exposed", part.exposed},   {"idle", part.idle},
          {"slowed", part.slowed}};
}

/// What only a training gives is null where there was none.
json outcome_json(const scenarios::Scenario& scenario, const models::Outcome& outcome, const scenarios::RunResult& result) {
  const bool train = scenario.train;
  return {{"method", outcome.method},
          {"trajectory", train ? json(outcome.trajectory) : json(nullptr)},
          {"iteration", outcome.timeline.iteration},
          {"samples_per_second", samples_per_second(scenario, outcome)},
          {"breakdown", breakdown_json(outcome.timeline.breakdown)},
          {"bound", outcome.timeline.bound},
          {"wire_bytes", outcome.timeline.wire_bytes},
          {"measured_steps", outcome.timeline.steps},
          {"link_changes", outcome.timeline.link_changes},
          {"steps_to_target", optional(outcome.steps_to_target)},
          {"epochs_to_target", optional(outcome.epochs_to_target)},
          {"seconds_to_target", optional(outcome.seconds_to_target)},
          {"seconds", train ? json(outcome.seconds) : json(nullptr)},
          {"final_accuracy", train ? json(outcome.final_accuracy) : json(nullptr)},
          {"speedup", optional(outcome.speedup)},
          {"curve", train ? curve_json(result.trajectories.at(outcome.trajectory), outcome) : json::array()}};
}

json job_run_json(const models::Timeline& timeline) {
  return {{"iteration", timeline.iteration}, {"breakdown", breakdown_json(timeline.breakdown)}, {"bound", timeline.bound}};
}

json job_result_json(const models::JobResult& job, const models::JobsTimeline& jobs) {
  return {{"name", job.name},
          {"workers", job.workers},
          {"steps", job.together.steps},
          {"alone", job_run_json(job.alone)},
          {"together", job_run_json(job.together)},
          {"slowdown", job.slowdown},
          {"wire_bytes", job.together.wire_bytes},
          {"suffers_on", job.suffers ? json(jobs.shared[static_cast<std::size_t>(*job.suffers)].name) : json(nullptr)}};
}

json shared_link_json(const models::SharedLink& link, const models::JobsTimeline& jobs) {
  json parts = json::object();
  for (const models::SharedLink::User& user : link.users) parts[jobs.jobs[user.job].name] = user.part;
  return {{"name", link.name}, {"utilisation", link.utilisation}, {"parts", parts}};
}

/// What several jobs at once do to one another.
json jobs_json(const models::JobsTimeline& jobs) {
  if (jobs.jobs.empty()) return nullptr;
  json results = json::array(), links = json::array();
  for (const models::JobResult& job : jobs.jobs) results.push_back(job_result_json(job, jobs));
  for (const models::SharedLink& link : jobs.shared) links.push_back(shared_link_json(link, jobs));
  return {{"advice", jobs_advice(jobs)}, {"results", results}, {"shared_links", links}};
}

json network_json(const scenarios::Scenario& scenario, const scenarios::RunResult& result, std::size_t index) {
  const scenarios::NetworkResult& network = result.networks[index];
  const models::NetworkProfile& profile = scenario.networks[index];
  const models::Outcome* best = models::first_to_target(network.outcomes);
  json outcomes = json::array();
  for (const models::Outcome& outcome : network.outcomes) outcomes.push_back(outcome_json(scenario, outcome, result));
  const json stack = {{"name", profile.stack.name},
                      {"launch", profile.stack.launch.seconds()},
                      {"efficiency", profile.stack.efficiency},
                      {"overlap_slowdown", profile.stack.overlap_slowdown},
                      {"source", profile.stack.source}};
  const network::Roles& roles = profile.algorithms.roles;  // the standard ones are not shown
  return {{"name", network.name},
          {"title", network.title},
          {"cluster", profile.cluster.description},
          {"speed", profile.speed},
          {"stack", stack},
          {"all_reduce", profile.algorithms.all_reduce},
          {"all_gather", profile.algorithms.all_gather},
          {"servers", roles.servers > 0 ? json(roles.servers) : json(nullptr)},
          {"root", roles.root > 0 ? json(roles.root) : json(nullptr)},
          {"best", best ? json(best->method) : json(nullptr)},
          {"advice", advice(scenario, result, network)},
          {"outcomes", outcomes},
          {"jobs", jobs_json(network.jobs)}};
}

}  // namespace

std::string json_report(const scenarios::Scenario& scenario, const scenarios::RunResult& result) {
  json trajectories = json::array();
  for (const models::Trajectory& trajectory : result.trajectories) trajectories.push_back(trajectory_json(trajectory));
  json networks = json::array();
  for (std::size_t i = 0; i < result.networks.size(); ++i) networks.push_back(network_json(scenario, result, i));
  const json report = {{"syncline", SYNCLINE_VERSION},
                       {"scenario", scenario_json(scenario, result)},
                       {"baseline", result.baseline.empty() ? json(nullptr) : json(result.baseline)},
                       {"trajectories", trajectories},
                       {"networks", networks}};
  // A title may hold any bytes: what is not UTF-8 is replaced rather than refused.
  return report.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace syncline::tools
