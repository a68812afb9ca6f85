// All P workers of a job at once: real kernels, every worker's data side by side, no clock.
#pragma once

#include <functional>
#include <vector>

#include "models/training/learner.h"
#include "models/training/learning_rate.h"
#include "models/training/method.h"
#include "models/training/rank.h"
#include "models/training/rank_data.h"

namespace syncline::models {

struct Optimizer {
  LearningRate learning_rate;
  double momentum = 0;
  double weight_decay = 0;
};

/// Bytes handed to collectives so far, by one rank.
struct PayloadCount {
  std::int64_t all_reduce_bytes = 0, all_gather_bytes = 0;
};

class ReplicaRank final : public Rank {
 public:
  /// `before_step(step)` is called when a step is about to begin, and once more after the last; false ends the training.
  ReplicaRank(sim::Simulator& simulator, const kernels::Device& device, const Dnn& dnn, Learner& learner, int workers, int batch,
              const Optimizer& optimizer, bool local_weights, std::function<bool(std::int64_t)> before_step,
              std::uint64_t seed = 1);

  bool next_step() override;
  std::int64_t step() const override { return step_; }
  void scale_batch(int factor) override { batch_ = base_batch_ * factor; }
  sim::Task<> forward() override;
  sim::Task<> backward(const Bucket& bucket) override;
  sim::Task<> update(double rate) override;
  sim::Task<> local_update(double rate) override;
  sim::Task<> all_reduce(std::string_view name, kernels::Strided<const float> local, float* mean, std::int64_t elements) override;
  sim::Task<> all_reduce_16(std::string_view name, kernels::Strided<const float> local, float* mean,
                            std::int64_t elements) override;
  sim::Task<> all_gather(std::string_view name, GatherMessage message) override;
  sim::Task<> average_weights() override;
  kernels::Strided<float> gradient(const Bucket& bucket) override { return gradients_.from(bucket.begin); }
  float* mean_gradient(const Bucket& bucket) override { return mean_gradient_.data() + bucket.begin; }
  const kernels::Device* kernel_device() const override { return &device_; }
  int ranks_here() const override { return workers_; }

  /// Mean losses over workers of the steps since the last call. Waits for the device.
  std::vector<double> take_losses() { return learner_.take_losses(); }
  int batch() const { return batch_; }
  const PayloadCount& payload() const { return payload_; }
  /// The weights, or the mean over workers where each has its own. Valid until the next call.
  const float* mean_weights();

 protected:
  sim::Task<> charge_compression(std::string_view, kernels::KernelCost) override { co_return; }

 private:
  kernels::Strided<float> weights() { return {weights_.data(), weight_copies_ == 1 ? 0 : parameter_count()}; }
  void take_optimizer_step(kernels::Strided<const float> gradient, double rate);

  kernels::Device device_;
  Learner& learner_;
  int workers_, base_batch_, batch_;
  Optimizer optimizer_;
  int weight_copies_;  // 1 where all workers share them
  std::function<bool(std::int64_t)> before_step_;
  std::int64_t step_ = -1;
  PayloadCount payload_;
  kernels::Buffer<float> weights_;        // [copy][parameter]
  kernels::Buffer<float> velocity_;       // [copy][parameter]; empty without momentum
  PerRank<float> gradients_;              // [worker][parameter]
  kernels::Buffer<float> mean_gradient_;  // [parameter]; holds the mean weights where workers have their own
};

}  // namespace syncline::models
