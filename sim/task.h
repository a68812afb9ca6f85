// A Task is a piece of a process: a C++20 coroutine that another awaits.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "sim/error.h"

namespace syncline::sim {

template <class T = void>
class Task;

namespace detail {

struct ProcessState;
void end_process(ProcessState& process);

/// Where a coroutine that ends goes on: in the one that awaits it, or at the end of its process. Both are set only when the
/// coroutine has suspended for the first time; one that never suspends simply returns to its caller. So a loop over a million
/// tasks that are ready at once needs no deeper stack than one, with or without the compiler's tail calls.
class PromiseBase {
 public:
  std::suspend_always initial_suspend() const noexcept { return {}; }
  auto final_suspend() const noexcept {
    struct GoOn {
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<>) const noexcept {
        // What goes on may destroy this coroutine's frame: nothing of it is touched after that.
        if (continuation) {
          continuation.resume();
        } else if (process != nullptr) {
          end_process(*process);
        }
      }
      void await_resume() const noexcept {}

      std::coroutine_handle<> continuation;
      ProcessState* process;
    };
    return GoOn{continuation_, process_};
  }
  void unhandled_exception() noexcept { exception_ = std::current_exception(); }

  void continue_with(std::coroutine_handle<> continuation) { continuation_ = continuation; }
  void continue_with(ProcessState& process) { process_ = &process; }
  const std::exception_ptr& exception() const { return exception_; }

 private:
  std::coroutine_handle<> continuation_;
  ProcessState* process_ = nullptr;
  std::exception_ptr exception_;
};

template <class T>
class Promise : public PromiseBase {
 public:
  Task<T> get_return_object();
  template <class Value>
  void return_value(Value&& value) {
    value_.emplace(std::forward<Value>(value));
  }
  T take_value() { return *std::move(value_); }

 private:
  std::optional<T> value_;
};

template <>
class Promise<void> : public PromiseBase {
 public:
  Task<void> get_return_object();
  void return_void() const noexcept {}
  void take_value() const noexcept {}
};

}  // namespace detail

/// A lazy coroutine: its body runs when it is awaited, once (InternalError the second time). What it returns or throws reaches
/// who awaits it:
///
///     Task<int> answer(Simulator& simulator) { co_await delay(simulator, Time::milliseconds(1)); co_return 42; }
///     const int n = co_await answer(simulator);
///
/// Destroying a task destroys its coroutine, also one that is suspended. spawn() of sim/process.h lets it run by itself.
template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;

  Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }
  ~Task() {
    if (coroutine_) coroutine_.destroy();
  }

  auto operator co_await() {
    struct Awaiter {
      bool await_ready() const noexcept { return false; }
      bool await_suspend(std::coroutine_handle<> caller) const {
        coroutine.resume();
        if (coroutine.done()) return false;
        coroutine.promise().continue_with(caller);
        return true;
      }
      T await_resume() const {
        if (coroutine.promise().exception()) std::rethrow_exception(coroutine.promise().exception());
        return coroutine.promise().take_value();
      }

      std::coroutine_handle<promise_type> coroutine;
    };
    SYNCLINE_CHECK(coroutine_ && !started_, "a task is awaited once");
    started_ = true;
    return Awaiter{coroutine_};
  }

 private:
  friend promise_type;
  friend struct detail::ProcessState;
  explicit Task(std::coroutine_handle<promise_type> coroutine) : coroutine_(coroutine) {}

  std::coroutine_handle<promise_type> coroutine_;
  bool started_ = false;
};

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}

inline Task<void> Promise<void>::get_return_object() { return Task<void>(std::coroutine_handle<Promise>::from_promise(*this)); }

}  // namespace detail
}  // namespace syncline::sim
