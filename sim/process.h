// Processes in SimPy's words: spawn starts one, delay (SimPy's timeout), Event, all_of and any_of wait.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <list>
#include <memory>
#include <vector>

#include "sim/simulator.h"
#include "sim/task.h"
#include "sim/units.h"

// Whatever resumes a process goes through the simulator's queue at the current time. So what happens at one instant happens in
// the order in which it was brought about, and who triggers something runs nobody else's code.
//
// A process that fails gives its exception to all who await it. Where nobody awaits it by then, the exception comes out of
// Simulator::run() behind what was already due at that instant.
//
// g++ 12 mistreats some temporaries in a co_await expression: give names to arguments with destructors (strings, functions).

namespace syncline::sim {

namespace detail {

/// Something that waits, in the list of what it waits for. Lies in a coroutine's frame and needs no memory of its own.
struct Waiter {
  Waiter* previous = nullptr;
  Waiter* next = nullptr;
  void (*wake)(Waiter& self) = nullptr;
};

/// First in, first woken. Is not told when waiters die: that happens only where simulators die, and nobody wakes them then.
class WaiterList {
 public:
  bool empty() const { return first_ == nullptr; }
  void add(Waiter& waiter);
  void remove(Waiter& waiter);
  void wake_all();

 private:
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

/// Resumes the coroutine through the queue at the current time.
void resume_soon(Simulator& simulator, std::coroutine_handle<> coroutine);

/// One coroutine that waits for one list.
struct CoroutineWaiter : Waiter {
  explicit CoroutineWaiter(Simulator& owner) : simulator(&owner) {
    wake = [](Waiter& self) {
      auto& waiter = static_cast<CoroutineWaiter&>(self);
      resume_soon(*waiter.simulator, waiter.coroutine);
    };
  }

  Simulator* simulator;
  std::coroutine_handle<> coroutine;
};

struct ProcessState : std::enable_shared_from_this<ProcessState> {
  ProcessState(Simulator& owner, Task<> task) : simulator(owner), body(std::move(task)) {}
  void start();  // runs the body until its first suspension
  void end();    // the body has ended, later than in start()
  void tell_the_end();
  void drop_body();
  void rethrow_failure();  // if it has failed

  Simulator& simulator;
  Task<> body;
  bool done = false;
  bool observed = false;  // somebody got the failure
  std::exception_ptr failure;
  WaiterList waiters;
  std::list<std::shared_ptr<ProcessState>>::iterator place;  // in the simulator's list, until it is done
};

}  // namespace detail

/// Something that happens once. Any number of processes may await it; they resume in the order in which they began to wait. To
/// await it after it was triggered takes no time and does not suspend.
class Event {
 public:
  explicit Event(Simulator& simulator) : simulator_(simulator) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  bool triggered() const { return triggered_; }

  /// Has no effect the second time.
  void trigger() {
    triggered_ = true;
    waiters_.wake_all();
  }

  auto operator co_await() {
    struct Awaiter : detail::CoroutineWaiter {
      explicit Awaiter(Event& awaited) : CoroutineWaiter(awaited.simulator_), event(&awaited) {}
      bool await_ready() const noexcept { return event->triggered_; }
      void await_suspend(std::coroutine_handle<> caller) noexcept {
        coroutine = caller;
        event->waiters_.add(*this);
      }
      void await_resume() const noexcept {}

      Event* event;
    };
    return Awaiter(*this);
  }

 private:
  Simulator& simulator_;
  bool triggered_ = false;
  detail::WaiterList waiters_;
};

/// A handle of a task that was started and runs on by itself; copies are handles of the same. It runs whether or not a handle
/// is kept, and a handle may outlive the simulator. co_await, any number of times, waits for its end and throws what it threw.
class Process {
 public:
  /// It has returned or thrown.
  bool done() const { return state_->done; }

  auto operator co_await() const {
    struct Awaiter : detail::CoroutineWaiter {
      explicit Awaiter(const std::shared_ptr<detail::ProcessState>& awaited)
          : CoroutineWaiter(awaited->simulator), process(awaited) {}
      bool await_ready() const noexcept { return process->done; }
      void await_suspend(std::coroutine_handle<> caller) noexcept {
        coroutine = caller;
        process->waiters.add(*this);
      }
      void await_resume() const { process->rethrow_failure(); }

      std::shared_ptr<detail::ProcessState> process;  // the handle may go while this waits
    };
    return Awaiter(state_);
  }

 private:
  friend Process spawn(Simulator& simulator, Task<> task);
  friend class Group;
  explicit Process(std::shared_ptr<detail::ProcessState> state) : state_(std::move(state)) {}

  std::shared_ptr<detail::ProcessState> state_;
};

/// Runs the task at once until its first suspension, and returns; the rest runs as the simulator does.
Process spawn(Simulator& simulator, Task<> task);

/// co_await delay(simulator, d) goes on d later, through the queue also where d is zero. InternalError: d is negative.
inline auto delay(Simulator& simulator, Time duration) {
  struct Awaiter {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> caller) const {
      simulator->schedule_after(duration, [caller] { caller.resume(); });
    }
    void await_resume() const noexcept {}

    Simulator* simulator;
    Time duration;
  };
  return Awaiter{&simulator, duration};
}

/// Waits until all are done, or the first fails: throws what it threw. The others run on.
Task<> all_of(std::vector<Process> processes);

/// Waits until one is done and gives its index: the lowest, where more are done by the time the waiting process resumes, in
/// the same instant. Throws what a process threw that is done by then. The others run on. InternalError: no processes.
Task<std::size_t> any_of(std::vector<Process> processes);

}  // namespace syncline::sim
