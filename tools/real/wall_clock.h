#pragma once

#include <chrono>

#include "sim/units.h"

namespace syncline::tools {

/// Time since it was made, or set to zero.
class WallClock {
 public:
  using Steady = std::chrono::steady_clock;

  void restart() { zero_ = Steady::now(); }
  Time now() const {
    return Time::nanoseconds(std::chrono::duration_cast<std::chrono::nanoseconds>(Steady::now() - zero_).count());
  }
  /// The first moment at which now() is at least `time`.
  Steady::time_point at(Time time) const { return zero_ + std::chrono::nanoseconds((time.count() + 999) / 1000); }

 private:
  Steady::time_point zero_ = Steady::now();
};

}  // namespace syncline::tools
