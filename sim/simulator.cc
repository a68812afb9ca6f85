#include "sim/simulator.h"

#include <utility>

#include "sim/error.h"
#include "sim/process.h"

namespace syncline::sim {
namespace {

/// Holds a flag up for as long as it lives.
class Raised {
 public:
  explicit Raised(bool& flag) : flag_(flag) {
    SYNCLINE_CHECK(!flag, "the simulator runs already");
    flag = true;
  }
  ~Raised() { flag_ = false; }
  Raised(const Raised&) = delete;
  Raised& operator=(const Raised&) = delete;

 private:
  bool& flag_;
};

}  // namespace

Simulator::~Simulator() {
  while (!unfinished_.empty()) {
    const std::shared_ptr<detail::ProcessState> process = std::move(unfinished_.back());
    unfinished_.pop_back();
    process->drop_body();
  }
}

EventId Simulator::schedule_at(Time time, std::function<void()> function) {
  SYNCLINE_CHECK(time >= now_, "an event in the past");
  return queue_.push(time, std::move(function));
}

EventId Simulator::schedule_after(Time delay, std::function<void()> function) {
  return schedule_at(now_ + delay, std::move(function));
}

void Simulator::run() {
  const Raised running(running_);
  while (!queue_.empty()) run_next();
}

void Simulator::run_until(Time end) {
  SYNCLINE_CHECK(end >= now_, "run until a time in the past");
  const Raised running(running_);
  while (!queue_.empty() && queue_.next_time() <= end) run_next();
  now_ = end;
}

void Simulator::run_next() {
  now_ = queue_.next_time();
  ++events_run_;
  queue_.pop()();
  if (!finished_.empty()) finished_.clear();
}

}  // namespace syncline::sim
