#include "tools/real/communication_thread.h"

#include <utility>

namespace syncline::tools {

CommunicationThread::CommunicationThread(const WallClock& clock, Watchdog& watchdog)
    : clock_(clock), watchdog_(watchdog), thread_([this] { serve(); }) {}

CommunicationThread::~CommunicationThread() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  posted_.notify_all();
  thread_.join();
}

void CommunicationThread::post(Communication work) {
  ++open_;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
  }
  posted_.notify_all();
}

std::vector<Communication> CommunicationThread::take_finished(Time until) {
  std::unique_lock lock(mutex_);
  const auto ready = [this] { return !finished_.empty() || failure_; };
  if (until == Time::max()) {
    changed_.wait(lock, ready);
  } else {
    changed_.wait_until(lock, clock_.at(until), ready);
  }
  if (failure_) std::rethrow_exception(failure_);
  open_ -= finished_.size();
  return std::exchange(finished_, {});
}

void CommunicationThread::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    posted_.wait(lock, [this] { return ends_ || !waiting_.empty(); });
    if (ends_) return;
    Communication work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    try {
      const Watchdog::Wait wait(watchdog_, work.name);
      work.begin = clock_.now();
      work.body();
      work.end = clock_.now();
      lock.lock();
      finished_.push_back(std::move(work));
    } catch (...) {
      lock.lock();
      failure_ = std::current_exception();
    }
    changed_.notify_all();
  }
}

}  // namespace syncline::tools
