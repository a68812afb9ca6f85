// Where a training program runs in wall time: a simulator's events happen when the wall clock says so, and collectives are real.
#pragma once

#include <functional>
#include <set>

#include "sim/process.h"
#include "sim/simulator.h"
#include "tools/real/communication_thread.h"
#include "tools/real/wall_clock.h"
#include "tools/real/watchdog.h"

namespace syncline::tools {

class Stage {
 public:
  /// `ended` is told of every collective, on the thread that calls run().
  Stage(Watchdog& watchdog, std::function<void(const Communication&)> ended);

  sim::Simulator& simulator() { return simulator_; }
  const WallClock& clock() const { return clock_; }
  CommunicationThread& communication() { return communication_; }

  /// Goes on when it is that time; at once, where it was.
  sim::Task<> until(Time time);

  /// Runs the program to its end. The clock starts with it.
  void run(sim::Task<> program);

 private:
  /// Runs what is due.
  void catch_up();

  WallClock clock_;
  std::function<void(const Communication&)> ended_;
  std::multiset<Time> deadlines_;  // of who waits in until()
  sim::Simulator simulator_;       // before the thread: what is posted refers to events of its processes
  CommunicationThread communication_;
};

}  // namespace syncline::tools
