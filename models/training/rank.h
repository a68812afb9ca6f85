// A rank: what a training program sees of the worker it runs on.
//
// A method's program is written once, as a coroutine against Rank. Who runs it decides what happens:
//   ReplicaRank    all P workers at once, real kernels, no clock      (gives losses and accuracy: a trajectory)
//   SimulatedRank  one worker, no kernels, a virtual clock            (gives times: a timeline)
//   RealRank       one worker, a wall clock, real collectives         (tools/real: measures what the others predict)
// A rank without kernels hands out arrays with a size but no storage, so a program never asks which it runs on.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernels/cost.h"
#include "kernels/device.h"
#include "models/dnn/dnn.h"
#include "models/training/buckets.h"
#include "sim/process.h"
#include "sim/random.h"
#include "sim/simulator.h"
#include "sim/units.h"

namespace syncline::models {

/// One array of an all-gather. Nothing is stored where there are no kernels.
struct Gathered {
  Bytes bytes = Bytes(0);      // of each rank's part
  const void* mine = nullptr;  // this rank's part
  void* all = nullptr;         // all ranks' parts, one after the other
};

/// What one all-gather sends: an array, or two behind each other.
struct GatherMessage {
  Gathered first, second = {};
  Bytes bytes() const { return first.bytes + second.bytes; }
};

class Rank {
 public:
  /// `seed`: of everything that the method draws.
  Rank(sim::Simulator& simulator, const Dnn& dnn, int world_size, std::uint64_t seed)
      : simulator_(simulator), dnn_(dnn), world_size_(world_size), seed_(seed) {}
  virtual ~Rank() = default;
  Rank(const Rank&) = delete;
  Rank& operator=(const Rank&) = delete;

  int world_size() const { return world_size_; }
  const Dnn& dnn() const { return dnn_; }
  std::int64_t parameter_count() const { return dnn_.parameter_count(); }
  /// A random stream by name and index, the same on all ranks.
  sim::RandomStream random(std::string_view name, std::uint64_t index) const { return {seed_, name, index}; }

  // --- The loop -------------------------------------------------------------------------------------------------
  /// Begins the next step; false when training is over.
  virtual bool next_step() = 0;
  /// The current step, from 0.
  virtual std::int64_t step() const = 0;
  /// Samples per worker and step from now on, as a multiple of the scenario's batch.
  virtual void scale_batch(int factor) = 0;

  // --- The compute stream: in order, one thing at a time ----------------------------------------------------------
  virtual sim::Task<> forward() = 0;
  /// Gradients of the bucket's layers, into gradient(bucket).
  virtual sim::Task<> backward(const Bucket& bucket) = 0;
  /// The optimiser's step of weights that all ranks share, by mean_gradient(). The schedule's rate is scaled by `rate`.
  virtual sim::Task<> update(double rate = 1) = 0;
  /// The optimiser's step of this rank's own weights, by its own gradient.
  virtual sim::Task<> local_update(double rate = 1) = 0;
  /// A compression kernel: `kernel(device, count)` runs where there are kernels, `cost` is charged where there is a clock.
  template <class Kernel>
  sim::Task<> compress(std::string_view name, kernels::KernelCost cost, const Kernel& kernel) {
    if (const kernels::Device* device = kernel_device()) {
      compression_begins();
      kernel(*device, ranks_here());
    }
    return charge_compression(name, cost);
  }

  // --- Where forward of one step may overlap with the exchange of the one before -----------------------------------
  /// False: all of a step has ended, the weights' update included, before the next one begins; the three below are not called.
  virtual bool steps_overlap() const { return false; }
  /// Forward of one layer; layers come in order, from 0.
  virtual sim::Task<> forward_layer(int layer);
  /// The optimiser's step of one layer's weights.
  virtual sim::Task<> update_layer(int layer);

  // --- What schedulers plan by ------------------------------------------------------------------------------------
  /// The least of the values that the ranks give in their calls of the same number, once all have called. Costs no time: what a
  /// coordinator would tell. All ranks must make the same number of calls.
  virtual sim::Task<std::int64_t> least_of_all(std::int64_t value);
  /// Waits for a clock to show a whole multiple of `every`; not at all where there is no clock.
  virtual sim::Task<> next_tick(Time every);
  /// What backward of a layer is expected to take on this rank; zero where there is no clock.
  virtual Time backward_time(int layer) const;
  /// What an all-reduce of so many bytes is expected to take; zero where there is no clock.
  virtual Time all_reduce_time(Bytes bytes) const;

  // --- The communication stream: in order of the calls, which must be the same on all ranks -------------------------
  /// mean[0, elements) = the mean over ranks of local[rank][0, elements).
  virtual sim::Task<> all_reduce(std::string_view name, kernels::Strided<const float> local, float* mean,
                                 std::int64_t elements) = 0;
  /// The same through a parameter server.
  virtual sim::Task<> push_pull(std::string_view name, kernels::Strided<const float> local, float* mean, std::int64_t elements) {
    return all_reduce(name, local, mean, elements);
  }
  /// Both, of numbers that travel in 16 bits each; they have been rounded to what those can tell.
  virtual sim::Task<> all_reduce_16(std::string_view name, kernels::Strided<const float> local, float* mean,
                                    std::int64_t elements);
  virtual sim::Task<> push_pull_16(std::string_view name, kernels::Strided<const float> local, float* mean,
                                   std::int64_t elements) {
    return all_reduce_16(name, local, mean, elements);
  }
  /// Every rank gets every rank's arrays.
  virtual sim::Task<> all_gather(std::string_view name, GatherMessage message) = 0;
  /// Every rank's own weights become their mean.
  virtual sim::Task<> average_weights() = 0;

  /// What is chained to a collective that has ended already runs in the thread that chains it, which is backward's.
  virtual bool chains_in_caller() const { return false; }

  // --- Data ---------------------------------------------------------------------------------------------------------
  /// This rank's gradient of a bucket: [bucket.elements()].
  virtual kernels::Strided<float> gradient(const Bucket& bucket) = 0;
  /// Where the mean over ranks of a bucket's gradient belongs: [bucket.elements()].
  virtual float* mean_gradient(const Bucket& bucket) = 0;

  /// Where kernels run, or null where they don't.
  virtual const kernels::Device* kernel_device() const = 0;
  /// How many ranks' data this object holds: all, or one; and the number of the first of them.
  virtual int ranks_here() const = 0;
  virtual int first_rank_here() const { return 0; }

  sim::Process spawn(sim::Task<> task) { return sim::spawn(simulator_, std::move(task)); }
  /// For events of a program's own.
  sim::Simulator& simulator() { return simulator_; }

 protected:
  /// A kernel is about to run, and charge_compression() will be called after it.
  virtual void compression_begins() {}
  virtual sim::Task<> charge_compression(std::string_view name, kernels::KernelCost cost) = 0;

 private:
  sim::Simulator& simulator_;
  const Dnn& dnn_;
  int world_size_;
  std::uint64_t seed_;
};

}  // namespace syncline::models
