// Turns: who came first goes first. A bucket's exchange that makes several collectives, one after what the last one gave, takes its
// turn for them, so that all ranks make them in the same order however fast each computes in between.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "sim/process.h"

namespace syncline::models {

class Turns {
 public:
  explicit Turns(sim::Simulator& simulator) : simulator_(simulator) {}

  /// The next turn's number.
  std::int64_t take() {
    events_.push_back(std::make_unique<sim::Event>(simulator_));
    if (events_.size() == 1) events_.back()->trigger();
    return first_ + static_cast<std::int64_t>(events_.size()) - 1;
  }
  /// To be awaited by who has this turn.
  sim::Event& come(std::int64_t turn) { return *events_[static_cast<std::size_t>(turn - first_)]; }
  /// Whose turn it is has made its calls.
  void pass() {
    events_.pop_front();
    ++first_;
    if (!events_.empty()) events_.front()->trigger();
  }

 private:
  sim::Simulator& simulator_;
  std::deque<std::unique_ptr<sim::Event>> events_;  // of turns that have not passed; the first one's has come
  std::int64_t first_ = 0;                          // its number
};

}  // namespace syncline::models
