// A trajectory: what a method's training gives, step by step, whatever the network. Real kernels, all workers batched.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/data/dataset.h"
#include "models/data/shards.h"
#include "models/dnn/dnn.h"
#include "models/training/method.h"
#include "models/training/replica_rank.h"

namespace syncline::models {

struct TrainingSetup {
  const Dnn* dnn = nullptr;
  const Dataset* data = nullptr;
  Shards shards;                    // one for each worker
  int batch = 1;                    // samples per worker and step
  std::int64_t samples = 0;         // to train on, over all workers; training ends with the step that reaches it
  std::int64_t evaluate_every = 1;  // steps between two evaluations on the test set
  Optimizer optimizer;
  double target_accuracy = 0;
  std::uint64_t seed = 1;
};

/// Accuracy and loss on the test set after `step` steps.
struct Evaluation {
  std::int64_t step = 0;
  double epoch = 0;
  double loss = 0;
  double accuracy = 0;
};

struct Trajectory {
  std::vector<double> loss;  // [step]: training loss, mean over workers
  std::vector<int> batch;    // [step]: samples per worker
  std::vector<Evaluation> evaluations;
  std::optional<Evaluation> target;  // the first evaluation at or above the target accuracy
  int workers_at_once = 0;           // whose passes the device's memory held at once; 0: all
  double final_accuracy() const { return evaluations.empty() ? 0 : evaluations.back().accuracy; }
};

/// The setup's, with what the method's setting has in its place.
Optimizer optimizer_of(const TrainingSetup& setup, const MethodSetting& setting);

/// Told after every step, or every few on a GPU, which nobody waits for in between: steps done, part of the training done (0 to
/// 1), loss.
using TrainingProgress = std::function<void(std::int64_t step, double part, double loss)>;

/// Throws UserError at `setting.where` when the loss is no longer finite. Where the device's memory has not the room for all
/// workers' activations, they take turns in groups.
Trajectory train(const TrainingSetup& setup, const MethodSetting& setting, const kernels::Device& device,
                 const TrainingProgress& progress = {});

}  // namespace syncline::models
