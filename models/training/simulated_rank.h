// One worker with a virtual clock: it charges time for what a program does, and moves no data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/compute_times.h"
#include "models/training/compute_stream.h"
#include "models/training/rank.h"
#include "network/communicator.h"
#include "sim/trace.h"

namespace syncline::models {

/// The collectives' algorithms, as rows of network::collectives().
struct Algorithms {
  std::string all_reduce = "ring-all-reduce";
  std::string all_gather = "ring-all-gather";
  std::string push_pull = "hierarchical-parameter-server";  // of methods that ask for servers
  network::Roles roles = {};                                // of the all-reduce
};

/// A time during which the compute stream was busy with work of one category, or a collective moved this rank's data;
/// communication may repeat, as network::Interval says.
struct Activity {
  Time begin, end;
  std::string_view category;  // "forward", "backward", "compression", "update", "communication"
  std::int64_t times = 1;
  Time every = Time::zero();
  Time slowed = Time::zero();  // of the compute stream: the part that is there because communication was under way
};

struct SimulatedWorker {
  int index = 0;
  int batch = 1;
  std::int64_t first_step = 0, steps = 1;
  double overlap_slowdown = 1;  // of its compute while a collective of its own is under way, from the call to its end
};

class SimulatedRank final : public Rank {
 public:
  /// `times`: of its work. All must outlive this.
  SimulatedRank(sim::Simulator& simulator, const Dnn& dnn, SimulatedWorker worker, const WorkerTimes& times,
                network::Communicator& communicator, int world_size, const Algorithms& algorithms, sim::TraceSink* sink);

  bool next_step() override;
  std::int64_t step() const override { return step_; }
  void scale_batch(int factor) override { batch_ = worker_.batch * factor; }
  sim::Task<> forward() override;
  sim::Task<> backward(const Bucket& bucket) override;
  bool steps_overlap() const override { return true; }
  sim::Task<> forward_layer(int layer) override;
  sim::Task<> update_layer(int layer) override;
  sim::Task<std::int64_t> least_of_all(std::int64_t value) override;
  sim::Task<> next_tick(Time every) override;
  Time backward_time(int layer) const override { return times_.backward(layer, batch_); }
  Time all_reduce_time(Bytes bytes) const override;
  bool chains_in_caller() const override { return communicator_.stack().chains_in_caller; }
  sim::Task<> update(double rate) override;
  sim::Task<> local_update(double rate) override;
  sim::Task<> all_reduce(std::string_view name, kernels::Strided<const float> local, float* mean, std::int64_t elements) override;
  sim::Task<> push_pull(std::string_view name, kernels::Strided<const float> local, float* mean, std::int64_t elements) override;
  sim::Task<> all_reduce_16(std::string_view name, kernels::Strided<const float> local, float* mean,
                            std::int64_t elements) override;
  sim::Task<> push_pull_16(std::string_view name, kernels::Strided<const float> local, float* mean,
                           std::int64_t elements) override;
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
    std::optional<Time> finished = {};  // none: under way when the play ended
  };
  const std::vector<Call>& calls() const { return calls_; }

 protected:
  sim::Task<> charge_compression(std::string_view name, kernels::KernelCost cost) override;

 private:
  network::CollectiveCall reduce_call(Bytes bytes) const { return {algorithms_.all_reduce, bytes, algorithms_.roles}; }
  /// Takes the compute stream for so long a piece of work, and waits until it is done.
  sim::Task<> charge(std::string_view category, std::string_view name, Time work);
  /// Only takes it. The event of its end, where there is one: else, and where it takes no time, null.
  sim::Event* occupy(std::string_view category, std::string_view name, Time work);
  enum class Begins {
    in_turn,  // when the call before it has ended: one communication stream has them all
    at_once,  // pushes and pulls: each of their stages has a queue of its own, as BytePS's have (byteps/common/core_loops.cc)
  };
  sim::Task<> collective(std::string_view name, network::CollectiveCall call, Begins begins);
  /// A collective moved this rank's data then.
  void record(const network::Interval& moved);
  /// Work on the compute stream that took so long, though it would have taken `work` by itself.
  void record(std::string_view category, std::string_view name, Time begin, Time end, Time work);
  void show(std::string_view category, std::string_view name, Time begin, Time end, Bytes bytes);

  sim::Simulator& simulator_;
  SimulatedWorker worker_;
  const WorkerTimes& times_;
  network::Communicator& communicator_;
  const Algorithms& algorithms_;
  sim::TraceSink* sink_;
  int batch_;
  std::int64_t step_;
  // One of two: where nothing slows compute down, when the stream is free again is all there is to know of it.
  Time compute_free_at_ = Time::zero();
  std::optional<ComputeStream> stream_;
  std::vector<std::unique_ptr<sim::Event>> stream_ended_;  // [call on the communication stream]
  std::vector<Time> step_begins_;
  std::vector<Activity> activities_;
  std::size_t last_work_ = 0;  // one more than its place among them: the compute stream's last
  std::vector<Call> calls_;
};

}  // namespace syncline::models
