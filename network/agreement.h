// What ranks that are played together tell one another at no cost in time: the part of a coordinator, such as Horovod's, whose
// messages are small beside what they are about.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "sim/process.h"
#include "sim/simulator.h"

namespace syncline::network {

class Agreement {
 public:
  /// The simulator must outlive this.
  Agreement(sim::Simulator& simulator, int ranks) : simulator_(simulator), calls_(static_cast<std::size_t>(ranks), 0) {}

  /// The least of the values that all ranks give in their i-th calls, once the last has called.
  sim::Task<std::int64_t> least(int rank, std::int64_t value);

 private:
  struct Round {
    explicit Round(sim::Simulator& simulator) : complete(simulator) {}
    std::int64_t least = 0;
    std::size_t called = 0;
    sim::Event complete;
  };

  sim::Simulator& simulator_;
  std::vector<std::int64_t> calls_;            // [rank] made so far
  std::deque<std::shared_ptr<Round>> rounds_;  // that some rank has yet to call
  std::int64_t first_round_ = 0;               // the number of the first of them
};

}  // namespace syncline::network
