#include "sim/process.h"

#include <algorithm>

namespace syncline::sim {

struct Process::Root {
  struct promise_type {
    Simulator& simulator;
    promise_type(Simulator& s, std::shared_ptr<State>&, Task<void>&) : simulator(s) {}
    Root get_return_object() {
      simulator.add_root(std::coroutine_handle<promise_type>::from_promise(*this));
      return {};
    }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    // Not suspended at its end, the coroutine destroys itself.
    std::suspend_never final_suspend() noexcept {
      simulator.remove_root(std::coroutine_handle<promise_type>::from_promise(*this));
      return {};
    }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { simulator.fail(std::current_exception()); }
  };

  static Root run(Simulator& simulator, std::shared_ptr<State> state, Task<void> task) {
    try {
      co_await task;
    } catch (...) {
      state->failure = std::current_exception();
    }
    state->end.trigger();
    if (!state->failure || state->awaited) co_return;
    // Whoever awaits it at this very time, behind this event in the queue, still takes the failure on itself.
    simulator.schedule_at(simulator.now(), [&simulator, state] {
      if (!state->awaited) simulator.fail(state->failure);
    });
  }
};

Process spawn(Simulator& simulator, Task<void> task) {
  auto state = std::make_shared<Process::State>(simulator);
  Process::Root::run(simulator, state, std::move(task));
  return Process(std::move(state));
}

Task<void> all_of(std::vector<Process> processes) {
  std::exception_ptr first;
  for (Process& process : processes) {
    try {
      co_await process;
    } catch (...) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
}

namespace {

/// Waits for one process, and tells that something has ended.
Task<void> watch(Process process, std::shared_ptr<Event> any) {
  co_await process;
  any->trigger();
}

}  // namespace

Task<std::size_t> any_of(Simulator& simulator, std::vector<Process> processes) {
  const auto is_done = [](const Process& process) { return process.done(); };
  auto found = std::find_if(processes.begin(), processes.end(), is_done);
  if (found == processes.end()) {
    auto any = std::make_shared<Event>(simulator);
    for (const Process& process : processes) spawn(simulator, watch(process, any));
    Event& one_ended = *any;
    co_await one_ended;
    found = std::find_if(processes.begin(), processes.end(), is_done);
  }
  Process winner = *found;
  co_await winner;
  co_return static_cast<std::size_t>(found - processes.begin());
}

}  // namespace syncline::sim
