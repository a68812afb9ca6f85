// Processes in SimPy's words, as C++20 coroutines: a Task is a piece of a process, spawn starts one, delay and Event wait.
#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sim/error.h"
#include "sim/simulator.h"

namespace syncline::sim {

template <class T>
class Task;

namespace detail {

/// What every task's coroutine has: who waits for it, and what it threw.
struct PromiseBase {
  std::coroutine_handle<> continuation = std::noop_coroutine();
  std::exception_ptr failure;

  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
      return handle.promise().continuation;
    }
    void await_resume() const noexcept {}
  };
  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { failure = std::current_exception(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  void return_value(T result) { value.emplace(std::move(result)); }
  T take() {
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() const noexcept {}
  void take() const {
    if (failure) std::rethrow_exception(failure);
  }
};

}  // namespace detail

/// A lazy coroutine: its body runs when it is awaited (once). What it throws reaches who awaits it.
template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;

  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) noexcept {
    handle_.promise().continuation = caller;
    return handle_;
  }
  T await_resume() { return handle_.promise().take(); }

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() { return Task<void>(std::coroutine_handle<Promise>::from_promise(*this)); }
}  // namespace detail

/// Something that happens once. Any number may wait for it; they go on in the order in which they came, through the queue at
/// the time of the trigger.
class Event {
 public:
  explicit Event(Simulator& simulator) : simulator_(simulator) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  bool triggered() const { return triggered_; }
  void trigger() {
    if (triggered_) return;
    triggered_ = true;
    for (const std::coroutine_handle<> waiter : waiters_) {
      simulator_.schedule_at(simulator_.now(), [waiter] { waiter.resume(); });
    }
    waiters_.clear();
  }

  bool await_ready() const noexcept { return triggered_; }
  void await_suspend(std::coroutine_handle<> waiter) { waiters_.push_back(waiter); }
  void await_resume() const noexcept {}

 private:
  Simulator& simulator_;
  bool triggered_ = false;
  std::vector<std::coroutine_handle<>> waiters_;
};

/// Waits for `time`; for zero it still goes through the queue, behind what is due now.
class Delay {
 public:
  Delay(Simulator& simulator, Time time) : simulator_(simulator), time_(time) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    simulator_.schedule_after(time_, [waiter] { waiter.resume(); });
  }
  void await_resume() const noexcept {}

 private:
  Simulator& simulator_;
  Time time_;
};

inline Delay delay(Simulator& simulator, Time time) { return {simulator, time}; }

/// A started task. Handles share it; it may be awaited any number of times, and each time throws what the task threw.
class Process {
 public:
  bool done() const { return state_->end.triggered(); }
  bool await_ready() const noexcept { return done(); }
  void await_suspend(std::coroutine_handle<> waiter) {
    state_->awaited = true;
    state_->end.await_suspend(waiter);
  }
  void await_resume() const {
    if (!state_->failure) return;
    state_->awaited = true;
    std::rethrow_exception(state_->failure);
  }

 private:
  struct State {
    explicit State(Simulator& s) : end(s) {}
    Event end;
    bool awaited = false;
    std::exception_ptr failure;
  };
  /// The outermost coroutine of a process. It owns itself once started; the simulator destroys it if it never ends.
  struct Root;

  explicit Process(std::shared_ptr<State> state) : state_(std::move(state)) {}
  friend Process spawn(Simulator& simulator, Task<void> task);

  std::shared_ptr<State> state_;
};

/// Starts a task: its body runs at once, up to where it first waits. What it throws reaches those who await the process, or
/// Simulator::run() where nobody does.
Process spawn(Simulator& simulator, Task<void> task);

/// Waits for all of them; then throws what the first of them (in the list) threw, if any did.
Task<void> all_of(std::vector<Process> processes);

/// Waits for one of them. Returns its index: the lowest, where several are done.
Task<std::size_t> any_of(Simulator& simulator, std::vector<Process> processes);

}  // namespace syncline::sim
