// A clock and the events still to come. No statics: as many simulators in a process as one likes.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>

#include "sim/event_queue.h"
#include "sim/units.h"

namespace syncline::sim {

namespace detail {
struct ProcessState;
}

/// Starts at time zero. Used by one thread at a time.
///
/// May be destroyed with events still to come, which are dropped, and with processes (sim/process.h) that never ended, which
/// are destroyed, the last spawned first: a process may refer to what belongs to the one that spawned it.
class Simulator {
 public:
  Simulator() = default;
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  Time now() const { return now_; }

  /// Calls the function at that time, after what is already scheduled for the same time. InternalError: a time in the past.
  EventId schedule_at(Time time, std::function<void()> function);
  EventId schedule_after(Time delay, std::function<void()> function);

  /// False where the event was run or cancelled before.
  bool cancel(EventId id) { return queue_.cancel(id); }

  /// Runs events until none is left. What an event throws comes out of here, and so does the exception of a process that
  /// nobody awaits; the simulator stays usable. InternalError where it runs already.
  void run();

  /// Runs the events up to `end`, those at `end` included; then it is `end`. InternalError: `end` is in the past.
  void run_until(Time end);

  std::uint64_t events_run() const { return events_run_; }

  /// Processes that were spawned and are suspended. After run() these wait for what will never come: a deadlock.
  std::size_t unfinished_processes() const { return unfinished_.size(); }

 private:
  friend struct detail::ProcessState;
  using Processes = std::list<std::shared_ptr<detail::ProcessState>>;

  void run_next();

  EventQueue queue_;
  Time now_;
  std::uint64_t events_run_ = 0;
  bool running_ = false;
  Processes unfinished_;  // in the order of spawning
  Processes finished_;    // in the event being run; let go after it, for then none of their frames is on the stack
};

}  // namespace syncline::sim
