// What is measured on real ranks: single collectives by size, and training by method.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "models/training/method.h"
#include "network/collectives/schedule.h"
#include "scenarios/run.h"
#include "scenarios/scenario.h"
#include "sim/trace.h"
#include "tools/real/real_collectives.h"
#include "tools/real/real_rank.h"
#include "tools/real/stage.h"
#include "tools/real/transport.h"
#include "tools/real/watchdog.h"

namespace syncline::tools {

/// Before each collective, so that links are at rest as they are where the simulator begins: token buckets fill up again meanwhile.
inline constexpr std::chrono::milliseconds kRest{30};

struct MeasureOptions {
  bool kernels = false;  // compute is real; else it is a sleep
  int iterations = 5;    // periods of each method that are timed
  int warmup = 2;        // periods before them, in which results are checked
  int repetitions = 5;   // of each collective, after one that is checked
};

/// Of one collective: median over repetitions of the slowest rank's seconds.
struct MeasuredCollective {
  network::Operation operation{};
  std::int64_t bytes = 0;  // of each rank's vector; all-gather: of each rank's contribution
  double seconds = 0, least = 0, greatest = 0;
};

struct MeasuredTraining {
  std::string method;                              // label
  double iteration = 0, least = 0, greatest = 0;   // seconds a step; each a period's mean over ranks: their median, and its ends
  std::vector<sim::Span> spans;                    // of all ranks
  std::vector<std::vector<double>> period_begins;  // [rank][period], and the end of the last
  // Where kernels are real:
  bool by_cpu = true;                     // by the very arithmetic of the simulated training
  std::vector<double> losses;             // [step] mean over ranks
  std::vector<std::string> weight_marks;  // [rank] fingerprint of the weights that training ended with
};

/// One rank's part of the measurements; all ranks call the same in the same order, and all get the results.
class Measurement {
 public:
  Measurement(Transport& transport, RealCollectives& collectives, Watchdog& watchdog, const scenarios::Scenario& scenario,
              const scenarios::Training& training, const models::NetworkProfile& network, const MeasureOptions& options)
      : transport_(transport),
        collectives_(collectives),
        watchdog_(watchdog),
        scenario_(scenario),
        training_(training),
        network_(network),
        options_(options) {}

  MeasuredCollective collective(network::Operation operation, std::int64_t bytes);
  MeasuredTraining train(const models::MethodSetting& setting);

 private:
  /// What this rank has to tell of a training.
  struct Part {
    std::vector<Time> step_begins;
    std::vector<double> losses;
    std::string weight_mark;
  };
  Expected expected() const;
  kernels::Device compute_device() const;
  Part sleep(const models::Method& method, Stage& stage, sim::TraceSink& sink);
  Part train(const models::Method& method, const models::MethodSetting& setting, Stage& stage, sim::TraceSink& sink);
  std::int64_t steps_of(const models::Method& method) const;
  void meet(const std::string& before);

  Transport& transport_;
  RealCollectives& collectives_;
  Watchdog& watchdog_;
  const scenarios::Scenario& scenario_;
  const scenarios::Training& training_;
  const models::NetworkProfile& network_;
  MeasureOptions options_;
};

}  // namespace syncline::tools
