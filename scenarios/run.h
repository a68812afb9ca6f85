// Runs a scenario: trains each method once, plays it on each network, joins the two; or only plays, where it trains nothing. Jobs
// are played at once on each network.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/device.h"
#include "models/training/jobs.h"
#include "models/training/outcome.h"
#include "models/training/timeline.h"
#include "models/training/trajectory.h"
#include "scenarios/scenario.h"
#include "sim/trace.h"

namespace syncline::scenarios {

/// Told while the trainings run: which method, part of this training done (0 to 1), step, loss; `index` of `count` trainings.
struct Progress {
  std::string method;
  std::size_t index = 0, count = 0;
  std::int64_t step = 0;
  double part = 0, loss = 0;
};

struct RunOptions {
  int threads = 0;  // 0: all cores
  kernels::Backend backend = kernels::Backend::cpu;
  bool trace = false;       // collect the spans of the steps played
  bool times_only = false;  // train nothing, also where the scenario does
  std::function<void(const Progress&)> progress;
};

struct NetworkResult {
  std::string name, title;
  std::vector<models::Outcome> outcomes;  // one for each method, in the scenario's order
  std::vector<sim::MemoryTrace> traces;   // likewise; empty unless asked for
  models::JobsTimeline jobs;              // that run at once; empty where the scenario has none
};

struct RunResult {
  std::vector<models::Trajectory> trajectories;  // methods that compute the same numbers share one: Outcome::trajectory; none
                                                 // where nothing is trained
  std::vector<NetworkResult> networks;
  std::int64_t parameters = 0;  // of the model
  std::size_t tensors = 0;      // likewise
  std::int64_t train_samples = 0, test_samples = 0;
  std::string baseline;  // label of the method that speed-ups are over; "" where the scenario has none
};

RunResult run(const Scenario& scenario, const RunOptions& options);

/// What the scenario trains, and on what: for who runs its programs elsewhere (tools/real). `setup` refers to the other two.
struct Training {
  models::Dataset data;  // empty where nothing is trained, and `setup` likewise
  models::Dnn dnn;
  std::optional<models::ComputeTimes> times;  // none: as the roofline of the scenario's GPU says
  models::TrainingSetup setup;
};
/// UserError as run() would give it.
std::unique_ptr<const Training> training_of(const Scenario& scenario);

/// What run() does before it trains: loads the data, makes the network, shares the data out. UserError as run() would give it.
void check(const Scenario& scenario);

}  // namespace syncline::scenarios
