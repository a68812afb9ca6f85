#include "models/training/trajectory.h"

#include <algorithm>
#include <cmath>

#include "models/training/learner.h"
#include "sim/simulator.h"

namespace syncline::models {
namespace {

class Recorder {
 public:
  Recorder(const TrainingSetup& setup, const MethodSetting& setting, Learner& learner, const TrainingProgress& progress)
      : setup_(setup), setting_(setting), learner_(learner), progress_(progress) {}

  /// Called before each step and after the last: notes what the previous one gave.
  bool before_step(std::int64_t step, ReplicaRank& rank) {
    if (step > 0) note_step(step, rank);
    const bool ends = samples_ >= setup_.samples;
    if (step > 0 && (ends || step % setup_.evaluate_every == 0)) evaluate(step, rank);
    return !ends;
  }

  Trajectory take() { return std::move(trajectory_); }

 private:
  void note_step(std::int64_t step, const ReplicaRank& rank) {
    if (!std::isfinite(rank.loss())) diverged(step);
    trajectory_.loss.push_back(rank.loss());
    trajectory_.batch.push_back(rank.batch());
    samples_ += static_cast<std::int64_t>(rank.batch()) * rank.world_size();
    if (progress_) {
      progress_(step, std::min(1.0, static_cast<double>(samples_) / static_cast<double>(setup_.samples)), rank.loss());
    }
  }

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
  Recorder recorder(setup, setting, *learner, progress);
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
