// A rank's communication stream: a thread that carries out collectives, first in, first out, while another computes.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sim/process.h"
#include "sim/units.h"
#include "tools/real/wall_clock.h"
#include "tools/real/watchdog.h"

namespace syncline::tools {

struct Communication {
  std::string name;
  Bytes bytes;
  std::function<void()> body;  // run by the thread
  sim::Event* done = nullptr;  // for who asked; triggered by who takes the finished one
  Time begin, end;             // set by the thread
};

class CommunicationThread {
 public:
  CommunicationThread(const WallClock& clock, Watchdog& watchdog);
  /// What is not begun is dropped.
  ~CommunicationThread();
  CommunicationThread(const CommunicationThread&) = delete;
  CommunicationThread& operator=(const CommunicationThread&) = delete;

  void post(Communication work);
  /// Those that have finished since the last call; waits for one until `time` of the clock. Throws what a body threw.
  std::vector<Communication> take_finished(Time until);
  /// Posted, and not yet taken.
  std::size_t open() const { return open_; }

 private:
  void serve();

  const WallClock& clock_;
  Watchdog& watchdog_;
  std::size_t open_ = 0;
  std::mutex mutex_;
  std::condition_variable posted_, changed_;
  std::deque<Communication> waiting_;
  std::vector<Communication> finished_;
  std::exception_ptr failure_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace syncline::tools
