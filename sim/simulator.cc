#include "sim/simulator.h"

#include <utility>

#include "sim/error.h"

namespace syncline::sim {

Simulator::~Simulator() {
  // Ending one process may not end another: each root owns only what it awaits by itself.
  const std::unordered_set<void*> roots = std::exchange(roots_, {});
  for (void* root : roots) std::coroutine_handle<>::from_address(root).destroy();
}

EventId Simulator::schedule_at(Time at, std::function<void()> callback) {
  SYNCLINE_CHECK(at >= now_, "an event in the past");
  return queue_.push(at, std::move(callback));
}

EventId Simulator::schedule_after(Time delay, std::function<void()> callback) {
  SYNCLINE_CHECK(delay >= Time::zero() && delay <= Time::max() - now_, "a delay that is negative or too long");
  return queue_.push(now_ + delay, std::move(callback));
}

void Simulator::run_until(Time end) {
  while (!failure_ && !queue_.empty() && queue_.next_time() <= end) {
    now_ = queue_.next_time();
    ++events_run_;
    queue_.pop()();
  }
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Simulator::fail(std::exception_ptr failure) {
  if (!failure_) failure_ = std::move(failure);
}

}  // namespace syncline::sim
