// One worker with a virtual clock: it charges time for what a program does, and moves no data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/device_profile.h"
#include "models/training/rank.h"
#include "network/communicator.h"
#include "sim/trace.h"

namespace syncline::models {

/// The collectives' algorithms, as rows of network::collectives().
struct Algorithms {
  std::string all_reduce = "ring-all-reduce";
  std::string all_gather = "ring-all-gather";
};

/// A time during which the compute stream was busy, or a collective moved this rank's data; communication may repeat, as
/// network::Interval says.
struct Activity {
  Time begin, end;
  std::string_view category;  // "forward", "backward", "compression", "update", "communication"
  std::int64_t times = 1;
  Time every = Time::zero();
};

struct SimulatedWorker {
  int index = 0;
  int batch = 1;
  double speed = 1;  // 0.5: takes twice as long
  std::int64_t first_step = 0, steps = 1;
};

class SimulatedRank final : public Rank {
 public:
  SimulatedRank(sim::Simulator& simulator, const Dnn& dnn, SimulatedWorker worker, const DeviceProfile& device,
                network::Communicator& communicator, int world_size, const Algorithms& algorithms, sim::TraceSink* sink);

  bool next_step() override;
  std::int64_t step() const override { return step_; }
  void scale_batch(int factor) override { batch_ = worker_.batch * factor; }
  sim::Task<> forward() override;
  sim::Task<> backward(const Bucket& bucket) override;
  sim::Task<> update(double rate) override;
  sim::Task<> local_update(double rate) override;
  sim::Task<> all_reduce(std::string_view name, kernels::Strided<const float> local, float* mean, std::int64_t elements) override;
  sim::Task<> all_gather(std::string_view name, GatherMessage message) override;
  sim::Task<> average_weights() override;
  kernels::Strided<float> gradient(const Bucket&) override { return {nullptr, 0}; }
  float* mean_gradient(const Bucket&) override { return nullptr; }
  const kernels::Device* kernel_device() const override { return nullptr; }
  int ranks_here() const override { return 1; }

  /// When each step began, and when the last one ended: [steps + 1] after the run.
  const std::vector<Time>& step_begins() const { return step_begins_; }
  const std::vector<Activity>& activities() const { return activities_; }
  struct Call {
    network::CollectiveCall call;
    Time posted;
  };
  const std::vector<Call>& calls() const { return calls_; }

 protected:
  sim::Task<> charge_compression(std::string_view name, kernels::KernelCost cost) override;

 private:
  /// Takes the compute stream for the work, and waits until it is done.
  sim::Task<> charge(std::string_view category, std::string_view name, kernels::KernelCost work);
  /// Only takes it.
  void occupy(std::string_view category, std::string_view name, kernels::KernelCost work);
  sim::Task<> collective(std::string_view name, std::string_view algorithm, Bytes bytes);
  void record(std::string_view category, std::string_view name, Time begin, Time end, Bytes bytes);
  void show(std::string_view category, std::string_view name, Time begin, Time end, Bytes bytes);

  sim::Simulator& simulator_;
  SimulatedWorker worker_;
  const DeviceProfile& device_;
  network::Communicator& communicator_;
  const Algorithms& algorithms_;
  sim::TraceSink* sink_;
  int batch_;
  std::int64_t step_;
  Time compute_free_at_ = Time::zero();
  std::vector<std::unique_ptr<sim::Event>> collective_ends_;  // one for each call so far: the communication stream
  std::vector<Time> step_begins_;
  std::vector<Activity> activities_;
  std::vector<Call> calls_;
};

}  // namespace syncline::models
