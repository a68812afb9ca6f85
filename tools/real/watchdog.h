// Whatever waits for other ranks does so under a watchdog: a rank that died, or a library that hangs, ends all with a word on each
// rank of who waits in what, and never in silence.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace syncline::tools {

/// The exit code of a job that was ended because ranks were lost or late.
constexpr int kLostRankCode = 3;

class Watchdog {
 public:
  using Seconds = std::chrono::duration<double>;

  /// `abort(code)` ends all ranks. Until known, `rank` is -1 and ending is this process' own.
  explicit Watchdog(Seconds timeout);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// From when on this is rank `rank` of `size`, and `abort` ends them all.
  void join(int rank, int size, std::function<void(int)> abort);

  /// The operation that is being waited in, as long as this lives. Not nested.
  class Wait {
   public:
    Wait(Watchdog& watchdog, const std::string& operation) : watchdog_(watchdog) { watchdog_.enter(operation); }
    ~Wait() { watchdog_.leave(); }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

   private:
    Watchdog& watchdog_;
  };

 private:
  void enter(const std::string& operation);
  void leave();
  void watch();
  void expire(double seconds);

  const Seconds timeout_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false, waits_ = false;
  std::string operation_, who_ = "a rank that has not met the others yet";
  std::chrono::steady_clock::time_point since_;
  std::function<void(int)> abort_;
  std::thread thread_;
};

}  // namespace syncline::tools
