#include "models/training/trajectory.h"

#include <algorithm>
#include <cmath>

#include "models/training/learner.h"
#include "sim/simulator.h"

namespace syncline::models {
namespace {

/// Steps between two looks at the losses: on a GPU a look waits until all that was asked for is done.
std::int64_t steps_between_looks(const kernels::Device& device) { return device.backend() == kernels::Backend::cuda ? 16 : 1; }

class Recorder {
 public:
  Recorder(const TrainingSetup& setup, const MethodSetting& setting, const kernels::Device& device, Learner& learner,
           const TrainingProgress& progress)
      : setup_(setup), setting_(setting), look_every_(steps_between_looks(device)), learner_(learner), progress_(progress) {}

  /// Called before each step and after the last: notes what the previous one gave.
  bool before_step(std::int64_t step, ReplicaRank& rank) {
    if (step == 0) return true;
    trajectory_.batch.push_back(rank.batch());
    samples_ += static_cast<std::int64_t>(rank.batch()) * rank.world_size();
    const bool ends = samples_ >= setup_.samples, evaluates = ends || step % setup_.evaluate_every == 0;
    if (evaluates || step % look_every_ == 0) note_losses(rank);
    if (evaluates) evaluate(step, rank);
    return !ends;
  }

  Trajectory take() {
    trajectory_.workers_at_once = learner_.workers_at_once();
    return std::move(trajectory_);
  }

 private:
  void note_losses(ReplicaRank& rank) {
    for (const double loss : rank.take_losses()) {
      trajectory_.loss.push_back(loss);
      if (!std::isfinite(loss)) diverged(steps());
    }
    if (progress_) {
      const double part = std::min(1.0, static_cast<double>(samples_) / static_cast<double>(setup_.samples));
      progress_(steps(), part, trajectory_.loss.back());
    }
  }

  std::int64_t steps() const { return static_cast<std::int64_t>(trajectory_.loss.size()); }

  void evaluate(std::int64_t step, ReplicaRank& rank) {
    const Score score = learner_.evaluate(rank.mean_weights());
    if (!std::isfinite(score.loss)) diverged(step);
    const double epoch = static_cast<double>(samples_) / static_cast<double>(setup_.data->train.count);
    trajectory_.evaluations.push_back({step, epoch, score.loss, score.accuracy});
    if (!trajectory_.target && score.accuracy >= setup_.target_accuracy) trajectory_.target = trajectory_.evaluations.back();
  }

  [[noreturn]] void diverged(std::int64_t step) const {
    throw UserError(setting_.where, "training by '" + setting_.label + "' diverged: the loss is not finite at step " +
                                        std::to_string(step) + "; lower the learning rate");
  }

  const TrainingSetup& setup_;
  const MethodSetting& setting_;
  std::int64_t look_every_;
  Learner& learner_;
  const TrainingProgress& progress_;
  std::int64_t samples_ = 0;
  Trajectory trajectory_;
};

}  // namespace

Optimizer optimizer_of(const TrainingSetup& setup, const MethodSetting& setting) {
  Optimizer optimizer = setup.optimizer;
  if (setting.learning_rate) optimizer.learning_rate.base = *setting.learning_rate;
  if (setting.momentum) optimizer.momentum = *setting.momentum;
  if (setting.weight_decay) optimizer.weight_decay = *setting.weight_decay;
  return optimizer;
}

Trajectory train(const TrainingSetup& setup, const MethodSetting& setting, const kernels::Device& device,
                 const TrainingProgress& progress) {
  const std::unique_ptr<Method> method = setting.row->make(setting.parameters);
  const int largest = setup.batch * (method->grows_batch() ? kLargestBatchFactor : 1);
  const std::unique_ptr<Learner> learner = make_learner(device, *setup.dnn, *setup.data, setup.shards, largest, setup.seed);
  Recorder recorder(setup, setting, device, *learner, progress);
  sim::Simulator simulator;
  ReplicaRank* self = nullptr;
  ReplicaRank rank(
      simulator, device, *setup.dnn, *learner, static_cast<int>(setup.shards.size()), setup.batch, optimizer_of(setup, setting),
      method->local_weights(), [&](std::int64_t step) { return recorder.before_step(step, *self); }, setup.seed);
  self = &rank;
  const sim::Process program = sim::spawn(simulator, method->train(rank));
  simulator.run();
  SYNCLINE_CHECK(program.done(), "a training program waits for ever");
  return recorder.take();
}

}  // namespace syncline::models
