// A real rank whose compute is a sleep of the time that the simulator charges: what remains to be measured is communication and its
// overlap with compute. Sleeps end at times reckoned from the first one's begin, so their errors don't add up.
#pragma once

#include "tools/real/exact_data.h"
#include "tools/real/real_rank.h"

namespace syncline::tools {

struct SleepingWorker {
  int batch = 1;
  std::int64_t steps = 1;
  std::int64_t checked_steps = 0;  // the first of them, in which results of collectives are looked at
};

class SleepingRank final : public RealRank {
 public:
  SleepingRank(Stage& stage, RealCollectives& collectives, const models::Dnn& dnn, Expected expected,
               const SleepingWorker& worker, sim::TraceSink& sink);

  sim::Task<> forward() override;
  sim::Task<> backward(const models::Bucket& bucket) override;
  bool steps_overlap() const override { return true; }
  sim::Task<> forward_layer(int layer) override;
  sim::Task<> update_layer(int layer) override { return charge("update", "update", times().update(layer)); }
  sim::Task<> update(double rate) override;
  sim::Task<> local_update(double rate) override;
  sim::Task<> all_reduce(std::string_view name, kernels::Strided<const float> local, float* mean, std::int64_t elements) override;
  sim::Task<> push_pull(std::string_view name, kernels::Strided<const float> local, float* mean, std::int64_t elements) override;
  sim::Task<> all_reduce_16(std::string_view name, kernels::Strided<const float> local, float* mean,
                            std::int64_t elements) override;
  sim::Task<> push_pull_16(std::string_view name, kernels::Strided<const float> local, float* mean,
                           std::int64_t elements) override;
  sim::Task<> all_gather(std::string_view name, models::GatherMessage message) override;
  sim::Task<> average_weights() override;
  kernels::Strided<float> gradient(const models::Bucket&) override { return {nullptr, 0}; }
  float* mean_gradient(const models::Bucket&) override { return nullptr; }
  const kernels::Device* kernel_device() const override { return nullptr; }

 protected:
  sim::Task<> charge_compression(std::string_view name, kernels::KernelCost cost) override;

 private:
  /// Takes the compute stream for the work, behind what is there, and waits until it is done.
  sim::Task<> charge(std::string_view category, std::string_view name, Time work);
  using Reduction = void (ExactData::*)(std::int64_t elements, bool check);
  sim::Task<> reduce(std::string_view name, Reduction reduction, std::int64_t elements);
  bool checked() const { return step() < worker_.checked_steps; }

  SleepingWorker worker_;
  ExactData data_;
  Time free_at_;   // when the compute stream is free again, if all sleeps end when they should
  Time last_end_;  // when the last sleep really ended
};

}  // namespace syncline::tools
