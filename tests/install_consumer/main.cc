// Two processes, one waiting for the other, seen from outside the project.
#include <cstdio>

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

}  // namespace

int main() {
  syncline::sim::Simulator simulator;
  syncline::sim::Event done(simulator);
  syncline::Time at = syncline::Time::zero();
  syncline::sim::spawn(simulator, work(simulator, done));
  syncline::sim::spawn(simulator, wait(simulator, done, at));
  simulator.run();
  std::printf("%lld ps\n", static_cast<long long>(at.count()));
  return at == syncline::Time::microseconds(3) ? 0 : 1;
}
