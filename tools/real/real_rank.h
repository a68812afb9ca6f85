// One worker in wall time, whose collectives are real. What its compute is, the classes beneath say.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/compute_times.h"
#include "models/training/rank.h"
#include "sim/trace.h"
#include "tools/real/real_collectives.h"
#include "tools/real/stage.h"

namespace syncline::tools {

/// What schedulers plan by, the same as of a simulated rank.
struct Expected {
  models::WorkerTimes times;
  std::function<Time(Bytes)> all_reduce;
};

/// The thread that runs the program is the compute stream; the stage's other thread is the communication stream.
class RealRank : public models::Rank {
 public:
  /// Trains `steps` steps of `batch` samples. `sink` is given what the compute stream does, as by a simulated rank.
  RealRank(Stage& stage, RealCollectives& collectives, const models::Dnn& dnn, Expected expected, int batch, std::int64_t steps,
           std::uint64_t seed, sim::TraceSink& sink);

  bool next_step() override;
  void scale_batch(int factor) override { batch_ = first_batch_ * factor; }
  Time backward_time(int layer) const override { return expected_.times.backward(layer, batch_); }
  Time all_reduce_time(Bytes bytes) const override { return expected_.all_reduce(bytes); }
  std::int64_t step() const override { return step_; }
  int ranks_here() const override { return 1; }
  /// Takes the time of a small collective; traces do not show it.
  sim::Task<std::int64_t> least_of_all(std::int64_t value) override;
  sim::Task<> next_tick(Time every) override;

  /// When each step began, and when the last one ended: [steps + 1] after the run.
  const std::vector<Time>& step_begins() const { return step_begins_; }

 protected:
  /// Puts `body` on the communication stream, behind what is there, and waits until it has run.
  sim::Task<> communicate(std::string_view name, Bytes bytes, std::function<void()> body);
  void record(std::string_view category, std::string_view name, Time begin, Time end);
  int batch() const { return batch_; }
  const models::WorkerTimes& times() const { return expected_.times; }
  Stage& stage() { return stage_; }
  RealCollectives& collectives() { return collectives_; }

 private:
  Stage& stage_;
  RealCollectives& collectives_;
  sim::TraceSink& sink_;
  Expected expected_;
  int first_batch_, batch_;
  std::int64_t steps_, step_ = -1;
  std::vector<Time> step_begins_;
};

}  // namespace syncline::tools
