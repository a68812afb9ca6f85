#include "scenarios/run.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <map>
#include <memory>
#include <new>

#include "models/data/shards.h"
#include "models/training/schedulers/scheduler.h"
#include "scenarios/located.h"
#include "scenarios/memory.h"
#include "scenarios/model.h"
#include "scenarios/run_jobs.h"
#include "sim/error.h"
#include "sim/random.h"
#include "sim/units_text.h"

namespace syncline::scenarios {
namespace {

using models::Dataset;
using models::Dnn;
using models::Method;
using models::Outcome;

Dataset load_data(const Scenario& scenario) {
  check_data_fits(scenario);
  const models::DatasetRequest request{scenario.dataset.folder, scenario.dataset.synthetic, scenario.seed};
  return located(scenario.dataset.where, [&] { return models::dataset(scenario.dataset.name).load(request); });
}

models::Shards deal_shards(const Scenario& scenario, const Dataset& data) {
  sim::RandomStream random(scenario.seed, "shards");
  return located(scenario.shards_where, [&] {
    if (scenario.dataset.sharding == Sharding::iid) return models::iid_shards(data.train.count, scenario.workers, random);
    return models::dirichlet_shards(data.train.labels, data.classes, scenario.workers, scenario.dataset.alpha, random);
  });
}

models::TrainingSetup training_setup(const Scenario& scenario, const Dnn& dnn, const Dataset& data) {
  models::TrainingSetup setup;
  setup.dnn = &dnn;
  setup.data = &data;
  setup.shards = deal_shards(scenario, data);
  setup.batch = scenario.batch;
  setup.samples = std::max<std::int64_t>(1, std::llround(scenario.epochs * static_cast<double>(data.train.count)));
  setup.evaluate_every = scenario.evaluate_every;
  setup.target_accuracy = scenario.target_accuracy;
  setup.seed = scenario.seed;
  const std::int64_t step_samples = static_cast<std::int64_t>(scenario.workers) * scenario.batch;
  const std::int64_t steps = (setup.samples + step_samples - 1) / step_samples;
  const double steps_per_epoch = static_cast<double>(data.train.count) / static_cast<double>(step_samples);
  setup.optimizer = {scenario.learning_rate.in_steps(steps_per_epoch, steps), scenario.momentum, scenario.weight_decay};
  return setup;
}

/// What makes two methods compute the same numbers: the method's own key and the optimiser's settings.
std::string trajectory_key(const Method& method, const models::MethodSetting& setting) {
  const auto text = [](const std::optional<double>& value) { return value ? number_text(*value) : std::string("-"); };
  return method.trajectory_key() + "|" + text(setting.learning_rate) + "|" + text(setting.momentum) + "|" +
         text(setting.weight_decay);
}

/// The run, in its parts.
class Runner {
 public:
  Runner(const Scenario& scenario, const RunOptions& options)
      : scenario_(scenario),
        options_(options),
        trains_(scenario.train && !options.times_only),
        device_(kernels::Device::open(options.backend, options.threads)),
        data_(scenario.train ? load_data(scenario) : Dataset()),
        dnn_(make_model(scenario, scenario.model, scenario.model_where, data_)),
        times_(models::compute_times(dnn_, scenario.gpu, scenario.batch, scenario.compute)),
        setup_(trains_ ? training_setup(scenario, dnn_, data_) : models::TrainingSetup()) {
    for (const models::MethodSetting& setting : scenario.methods) methods_.push_back(setting.row->make(setting.parameters));
    if (trains_ && options.backend != kernels::Backend::cuda) check_training_fits(scenario, dnn_, largest_batch());
    result_.parameters = dnn_.parameter_count();
    result_.tensors = dnn_.parameters().size();
    result_.train_samples = data_.train.count;
    result_.test_samples = data_.test.count;
    result_.baseline = baseline();
    for (const models::NetworkProfile& network : scenario.networks)
      result_.networks.push_back({network.name, network.title, {}, {}, {}});
  }

  void train() {
    if (!trains_) return;
    std::map<std::string, std::size_t> known;
    std::vector<std::size_t> first;  // [trajectory]: the first method that needs it
    for (std::size_t i = 0; i < methods_.size(); ++i) {
      const auto [entry, is_new] = known.emplace(trajectory_key(*methods_[i], scenario_.methods[i]), first.size());
      if (is_new) first.push_back(i);
      trajectory_of_.push_back(entry->second);
    }
    for (std::size_t t = 0; t < first.size(); ++t) {
      const models::MethodSetting& setting = scenario_.methods[first[t]];
      Progress progress{setting.label, t, first.size(), 0, 0, 0};
      const auto show = [&](std::int64_t step, double part, double loss) {
        if (!options_.progress) return;
        progress.step = step;
        progress.part = part;
        progress.loss = loss;
        options_.progress(progress);
      };
      try {
        result_.trajectories.push_back(models::train(setup_, setting, device_, show));
      } catch (const std::bad_alloc&) {
        does_not_fit(setting);
      } catch (const kernels::OutOfMemory&) {
        does_not_fit(setting);
      }
    }
  }

  /// Every method on every network: systems that know nothing of each other, so they are played side by side.
  void play() {
    for (NetworkResult& result : result_.networks) {
      result.outcomes.resize(methods_.size());
      if (options_.trace) result.traces.resize(methods_.size());
    }
    side_by_side(methods_.size() * scenario_.networks.size(), [&](std::size_t i) {
      const std::size_t network = i / methods_.size(), method = i % methods_.size();
      result_.networks[network].outcomes[method] = outcome_of(network, method);
    });
  }

  /// Needs no training.
  void play_jobs() {
    if (scenario_.jobs.empty()) return;
    const JobsRun jobs(scenario_, data_);
    side_by_side(scenario_.networks.size(), [&](std::size_t i) { result_.networks[i].jobs = jobs.play(scenario_.networks[i]); });
  }

  void check_jobs() const {
    if (scenario_.jobs.empty()) return;
    const JobsRun jobs(scenario_, data_);
    for (const models::NetworkProfile& network : scenario_.networks) jobs.check(network);
  }

  RunResult take() {
    for (NetworkResult& network : result_.networks) {
      if (trains_) {
        models::compare(network.outcomes, result_.baseline);
      } else {
        models::compare_steps(network.outcomes, result_.baseline);
      }
    }
    return std::move(result_);
  }

 private:
  [[noreturn]] static void does_not_fit(const models::MethodSetting& setting) {
    throw UserError(setting.where, "training by '" + setting.label +
                                       "' does not fit into the memory; fewer workers or a smaller batch need less");
  }

  /// Throws what the first that fails has thrown.
  template <class Body>
  void side_by_side(std::size_t count, const Body& body) {
    std::vector<std::exception_ptr> failures(count);
    kernels::parallel_for(device_, static_cast<std::int64_t>(count), [&](std::int64_t i) {
      try {
        body(static_cast<std::size_t>(i));
      } catch (...) {
        failures[static_cast<std::size_t>(i)] = std::current_exception();
      }
    });
    for (const std::exception_ptr& failure : failures) {
      if (failure) std::rethrow_exception(failure);
    }
  }

  Outcome outcome_of(std::size_t network, std::size_t method) {
    const models::NetworkProfile& profile = scenario_.networks[network];
    models::TimelineSetup setup;
    setup.dnn = &dnn_;
    setup.batch = scenario_.batch;
    setup.device = &scenario_.gpu;
    if (scenario_.compute.any()) setup.times = &times_;
    const auto play_from = [&](std::int64_t step) {
      setup.first_step = step;
      setup.sink = options_.trace && step == 0 ? &result_.networks[network].traces[method] : nullptr;
      return located(profile.where, [&] { return models::play(setup, *methods_[method], profile); });
    };
    Outcome outcome;
    if (trains_) {
      outcome = models::join(result_.trajectories[trajectory_of_[method]], play_from);
      outcome.trajectory = trajectory_of_[method];
    } else {
      outcome.timeline = play_from(0);
    }
    outcome.method = scenario_.methods[method].label;
    outcome.network = profile.name;
    return outcome;
  }

  /// Of one worker, in any step of any method.
  std::int64_t largest_batch() const {
    const bool grows = std::ranges::any_of(methods_, [](const auto& method) { return method->grows_batch(); });
    return std::int64_t{scenario_.batch} * (grows ? models::kLargestBatchFactor : 1);
  }

  /// Speed-ups are over S-SGD with WFBP: the first such method of the scenario.
  std::string baseline() const {
    for (const models::MethodSetting& setting : scenario_.methods) {
      if (setting.row->name == "s-sgd" && models::scheduler_row(setting.parameters.text("schedule")).overlaps)
        return setting.label;
    }
    return "";
  }

  const Scenario& scenario_;
  const RunOptions& options_;
  const bool trains_;
  kernels::Device device_;
  Dataset data_;
  Dnn dnn_;
  models::ComputeTimes times_;
  models::TrainingSetup setup_;
  std::vector<std::unique_ptr<Method>> methods_;
  std::vector<std::size_t> trajectory_of_;  // [method]
  RunResult result_;
};

}  // namespace

RunResult run(const Scenario& scenario, const RunOptions& options) {
  Runner runner(scenario, options);
  runner.play_jobs();  // first: what it refuses is told before the training
  runner.train();
  runner.play();
  return runner.take();
}

std::unique_ptr<const Training> training_of(const Scenario& scenario) {
  auto training = std::make_unique<Training>();
  if (scenario.train) training->data = load_data(scenario);
  training->dnn = make_model(scenario, scenario.model, scenario.model_where, training->data);
  if (scenario.compute.any()) {
    training->times = models::compute_times(training->dnn, scenario.gpu, scenario.batch, scenario.compute);
  }
  if (scenario.train) training->setup = training_setup(scenario, training->dnn, training->data);
  return training;
}

void check(const Scenario& scenario) { Runner(scenario, {}).check_jobs(); }

}  // namespace syncline::scenarios
