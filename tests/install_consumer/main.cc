// Two processes, one waiting for the other, and a scenario that is loaded and run: seen from outside the project.
#include <cmath>
#include <cstdio>

#include "scenarios/run.h"
#include "scenarios/scenario.h"
#include "sim/process.h"
#include "sim/simulator.h"
#include "sim/units.h"

namespace {

syncline::sim::Task<> work(syncline::sim::Simulator& simulator, syncline::sim::Event& done) {
  co_await syncline::sim::delay(simulator, syncline::Time::microseconds(3));
  done.trigger();
}

syncline::sim::Task<> wait(syncline::sim::Simulator& simulator, syncline::sim::Event& done, syncline::Time& at) {
  co_await done;
  at = simulator.now();
}

bool processes_run() {
  syncline::sim::Simulator simulator;
  syncline::sim::Event done(simulator);
  syncline::Time at = syncline::Time::zero();
  syncline::sim::spawn(simulator, work(simulator, done));
  syncline::sim::spawn(simulator, wait(simulator, done, at));
  simulator.run();
  std::printf("%lld ps\n", static_cast<long long>(at.count()));
  return at == syncline::Time::microseconds(3);
}

/// Each of two workers sends half of the gradient twice, 4 bytes a parameter, over 1 MB/s; nothing hides it.
bool scenario_runs(const char* file) {
  const syncline::scenarios::Scenario scenario = syncline::scenarios::load_scenario(file);
  const syncline::scenarios::RunResult result = syncline::scenarios::run(scenario, {});
  const syncline::models::Timeline& timeline = result.networks.at(0).outcomes.at(0).timeline;
  const double bytes = 4.0 * static_cast<double>(result.parameters);
  std::printf("%.0f of %.0f bytes a step, %.9f s\n", timeline.wire_bytes, bytes, timeline.breakdown.exposed);
  return timeline.wire_bytes == bytes && std::abs(timeline.breakdown.exposed - bytes / 1e6) < 1e-9 &&
         result.trajectories.at(0).loss.size() == 7;  // ceil(51 samples / (2 workers * 4))
}

}  // namespace

int main(int argc, char** argv) { return argc == 2 && processes_run() && scenario_runs(argv[1]) ? 0 : 1; }
