#include "network/interval.h"

#include <algorithm>

namespace syncline::network {

Time Interval::length_before(Time at) const {
  if (at <= begin) return Time::zero();
  const std::int64_t whole = times > 1 ? std::min((at - begin).count() / every.count(), times - 1) : 0;
  return whole * (end - begin) + std::min(at - begin - whole * every, end - begin);
}

void append(std::vector<Interval>& intervals, Time begin, Time end) {
  if (!intervals.empty()) {
    Interval& back = intervals.back();
    if (begin <= back.last_end()) {
      const Interval last{back.last_end() - (back.end - back.begin), std::max(back.last_end(), end)};
      if (back.times > 1) {
        --back.times;
        intervals.push_back(last);
      } else {
        back = last;
      }
      return;
    }
    const Time every = back.times == 1 ? begin - back.begin : back.every;
    if (end - begin == back.end - back.begin && begin == back.begin + back.times * every) {
      back.every = every;
      ++back.times;
      return;
    }
  }
  intervals.push_back({begin, end});
}

}  // namespace syncline::network
