// One worker in wall time, whose collectives are real. What its compute is, the classes beneath say.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/training/rank.h"
#include "sim/trace.h"
#include "tools/real/real_collectives.h"
#include "tools/real/stage.h"

namespace syncline::tools {

/// The thread that runs the program is the compute stream; the stage's other thread is the communication stream.
class RealRank : public models::Rank {
 public:
  /// Trains `steps` steps. `sink` is given what the compute stream does, as by a simulated rank.
  RealRank(Stage& stage, RealCollectives& collectives, const models::Dnn& dnn, std::int64_t steps, std::uint64_t seed,
           sim::TraceSink& sink);

  bool next_step() override;
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
  Stage& stage() { return stage_; }
  RealCollectives& collectives() { return collectives_; }

 private:
  Stage& stage_;
  RealCollectives& collectives_;
  sim::TraceSink& sink_;
  std::int64_t steps_, step_ = -1;
  std::vector<Time> step_begins_;
};

}  // namespace syncline::tools
