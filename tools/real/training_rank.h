// A real rank that trains: real kernels on its own samples, one worker's data, collectives with the other ranks.
#pragma once

#include <vector>

#include "models/training/learner.h"
#include "models/training/replica_rank.h"
#include "tools/real/real_rank.h"

namespace syncline::tools {

struct TrainingWorker {
  int batch = 1;
  std::int64_t steps = 1;
  models::Optimizer optimizer;
  std::uint64_t seed = 1;
};

class TrainingRank final : public RealRank {
 public:
  /// `learner` has this rank's samples, and no other's. `device`: a GPU where the transport is of GPUs, else of the host.
  TrainingRank(Stage& stage, RealCollectives& collectives, const models::Dnn& dnn, Expected expected,
               const kernels::Device& device, models::Learner& learner, const TrainingWorker& worker, sim::TraceSink& sink);

  bool next_step() override;
  sim::Task<> forward() override;
  sim::Task<> backward(const models::Bucket& bucket) override;
  sim::Task<> update(double rate) override;
  sim::Task<> local_update(double rate) override;
  sim::Task<> all_reduce(std::string_view name, kernels::Strided<const float> local, float* mean, std::int64_t elements) override;
  sim::Task<> push_pull(std::string_view name, kernels::Strided<const float> local, float* mean, std::int64_t elements) override;
  sim::Task<> all_gather(std::string_view name, models::GatherMessage message) override;
  sim::Task<> average_weights() override;
  kernels::Strided<float> gradient(const models::Bucket& bucket) override { return {gradient_.data() + bucket.begin, 0}; }
  float* mean_gradient(const models::Bucket& bucket) override { return mean_.data() + bucket.begin; }
  const kernels::Device* kernel_device() const override { return &device_; }
  int first_rank_here() const override { return collectives_rank_; }

  /// [step] of this rank's samples.
  const std::vector<double>& losses() const { return losses_; }
  /// The same on all ranks where all have the same weights.
  std::vector<float> weights() const { return weights_.download(); }

 protected:
  void compression_begins() override { compression_begin_ = stage().clock().now(); }
  sim::Task<> charge_compression(std::string_view name, kernels::KernelCost cost) override;

 private:
  /// Runs it here and now, and lets go on who waited for communication in the meantime.
  template <class Work>
  sim::Task<> compute(std::string_view category, std::string_view name, const Work& work);
  sim::Task<> take_step(const float* gradient, double rate);
  using Reduction = void (RealCollectives::*)(const float* in, float* out, std::int64_t elements);
  /// out = the mean over ranks of in.
  sim::Task<> average(std::string_view name, Reduction reduction, const float* in, float* out, std::int64_t elements);
  /// Both parts as one message of the host's memory, or each by itself.
  void gather_together(const models::GatherMessage& message);
  void gather_apart(const models::GatherMessage& message);
  bool on_gpu() const { return device_.backend() == kernels::Backend::cuda; }

  kernels::Device device_;
  models::Learner& learner_;
  TrainingWorker worker_;
  int collectives_rank_;
  Time compression_begin_;
  double loss_ = 0;
  std::vector<double> losses_;
  kernels::Buffer<float> weights_, velocity_;  // [parameter]; velocity: empty without momentum
  kernels::Buffer<float> gradient_, mean_;     // [parameter]
};

}  // namespace syncline::tools
