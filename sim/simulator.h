// A clock and the events still to come. No statics: as many simulators in a process as one likes.
#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <unordered_set>

#include "sim/event_queue.h"
#include "sim/units.h"

namespace syncline::sim {

class Simulator {
 public:
  Simulator() = default;
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;
  /// Destroys the processes that never ended.
  ~Simulator();

  Time now() const { return now_; }
  /// InternalError where `at` lies in the past.
  EventId schedule_at(Time at, std::function<void()> callback);
  EventId schedule_after(Time delay, std::function<void()> callback);
  bool cancel(EventId id) { return queue_.cancel(id); }

  /// Runs until nothing is left to come. Throws what a process threw that nobody awaits.
  void run() { run_until(Time::max()); }
  /// Runs all that is due at `end` or before; the clock then stands at the last of it.
  void run_until(Time end);

  std::uint64_t events_run() const { return events_run_; }
  /// Processes that were started and have not ended: after run() they wait for something that never comes.
  std::size_t unfinished_processes() const { return roots_.size(); }

  // For processes (process.cc).
  void add_root(std::coroutine_handle<> root) { roots_.insert(root.address()); }
  void remove_root(std::coroutine_handle<> root) { roots_.erase(root.address()); }
  void fail(std::exception_ptr failure);

 private:
  EventQueue queue_;
  Time now_ = Time::zero();
  std::uint64_t events_run_ = 0;
  std::unordered_set<void*> roots_;
  std::exception_ptr failure_;
};

}  // namespace syncline::sim
