// How far backward has come in a step: which gradients of a list are there.
#pragma once

#include <cstddef>
#include <deque>

#include "sim/process.h"

namespace syncline::models {

class Ready {
 public:
  Ready(sim::Simulator& simulator, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) events_.emplace_back(simulator);
  }
  /// The next one is there.
  void add_one() { events_[count_++].trigger(); }
  /// They come in order: 0 to count() - 1.
  std::size_t count() const { return count_; }
  sim::Event& event(std::size_t i) { return events_[i]; }

 private:
  std::deque<sim::Event> events_;
  std::size_t count_ = 0;
};

}  // namespace syncline::models
