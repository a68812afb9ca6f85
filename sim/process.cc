#include "sim/process.h"

#include <utility>

namespace syncline::sim {
namespace detail {

void WaiterList::add(Waiter& waiter) {
  waiter.previous = last_;
  waiter.next = nullptr;
  (last_ == nullptr ? first_ : last_->next) = &waiter;
  last_ = &waiter;
}

void WaiterList::remove(Waiter& waiter) {
  (waiter.previous == nullptr ? first_ : waiter.previous->next) = waiter.next;
  (waiter.next == nullptr ? last_ : waiter.next->previous) = waiter.previous;
}

void WaiterList::wake_all() {
  while (!empty()) {
    Waiter& waiter = *first_;
    remove(waiter);
    waiter.wake(waiter);
  }
}

void resume_soon(Simulator& simulator, std::coroutine_handle<> coroutine) {
  simulator.schedule_at(simulator.now(), [coroutine] { coroutine.resume(); });
}

void ProcessState::start() {
  body.coroutine_.resume();
  if (body.coroutine_.done()) {
    tell_the_end();
    drop_body();
  } else {
    body.coroutine_.promise().continue_with(*this);
    place = simulator.unfinished_.insert(simulator.unfinished_.end(), shared_from_this());
  }
}

void ProcessState::tell_the_end() {
  done = true;
  failure = body.coroutine_.promise().exception();
  observed = !waiters.empty();
  waiters.wake_all();
  if (failure && !observed) {
    simulator.schedule_at(simulator.now(), [self = shared_from_this()] {
      if (!self->observed) std::rethrow_exception(self->failure);
    });
  }
}

void ProcessState::end() {
  tell_the_end();
  simulator.finished_.splice(simulator.finished_.end(), simulator.unfinished_, place);
}

void end_process(ProcessState& process) { process.end(); }

void ProcessState::drop_body() { const Task<> dropped = std::move(body); }

void ProcessState::rethrow_failure() {
  observed = true;
  if (failure) std::rethrow_exception(failure);
}

}  // namespace detail

Process spawn(Simulator& simulator, Task<> task) {
  Process process(std::make_shared<detail::ProcessState>(simulator, std::move(task)));
  process.state_->start();
  return process;
}

/// What all_of and any_of await: that a number of the processes are done, or one has failed.
class Group {
 public:
  Group(const std::vector<Process>& processes, std::size_t needed) : missing_(needed) {
    members_.reserve(processes.size());
    for (const Process& process : processes) {
      detail::ProcessState& state = *process.state_;
      if (!state.done) {
        members_.push_back({{nullptr, nullptr, &Group::member_done}, this, &state, true});
      } else if (missing_ > 0) {
        missing_ = state.failure ? 0 : missing_ - 1;
      }
    }
  }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  bool await_ready() const noexcept { return missing_ == 0; }
  void await_suspend(std::coroutine_handle<> caller) {
    caller_ = caller;
    for (Member& member : members_) member.process->waiters.add(member);
  }
  void await_resume() const noexcept {}

  static void rethrow_failures(const std::vector<Process>& processes) {
    for (const Process& process : processes) {
      if (process.done()) process.state_->rethrow_failure();
    }
  }

 private:
  struct Member : detail::Waiter {
    Group* group;
    detail::ProcessState* process;
    bool waits;
  };

  static void member_done(detail::Waiter& waiter) {
    auto& member = static_cast<Member&>(waiter);
    member.waits = false;
    member.group->one_done(*member.process);
  }

  void one_done(detail::ProcessState& process) {
    missing_ = process.failure ? 0 : missing_ - 1;
    if (missing_ > 0) return;
    for (Member& member : members_) {
      if (member.waits) member.process->waiters.remove(member);
    }
    detail::resume_soon(process.simulator, caller_);
  }

  std::vector<Member> members_;  // those not done at the start
  std::size_t missing_;
  std::coroutine_handle<> caller_;
};

Task<> all_of(std::vector<Process> processes) {
  Group group(processes, processes.size());
  co_await group;
  Group::rethrow_failures(processes);
}

Task<std::size_t> any_of(std::vector<Process> processes) {
  SYNCLINE_CHECK(!processes.empty(), "any of no processes");
  Group group(processes, 1);
  co_await group;
  Group::rethrow_failures(processes);
  std::size_t first = 0;
  while (!processes[first].done()) ++first;
  co_return first;
}

}  // namespace syncline::sim
