// When something was under way, in few words where it repeats: a rank of a ring moves data and waits in the same rhythm for
// thousands of steps.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/units.h"

namespace syncline::network {

/// From begin to end; and so again, `times` in all, each `every` after the one before, which is no less than their length.
struct Interval {
  Time begin, end;
  std::int64_t times = 1;
  Time every = Time::zero();

  Time last_end() const { return end + (times - 1) * every; }
  /// How much of all this lies before a time.
  Time length_before(Time at) const;
};

/// Calls f for each of its times alone, in order.
template <class Function>
void for_each_time(const Interval& interval, Function&& f) {
  for (std::int64_t i = 0; i < interval.times; ++i)
    f(Interval{interval.begin + i * interval.every, interval.end + i * interval.every});
}

/// Adds [begin, end), which begins behind the beginning of all that is there: joined to the last one where it touches it, counted
/// as one more of it where it repeats it.
void append(std::vector<Interval>& intervals, Time begin, Time end);

}  // namespace syncline::network
