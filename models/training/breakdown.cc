#include "models/training/breakdown.h"

#include <algorithm>
#include <span>
#include <utility>

#include "network/interval.h"
#include "sim/error.h"

namespace syncline::models {
namespace {

using network::Interval;

/// Joined to the last one where it meets it.
void append_single(std::vector<Interval>& joined, const Interval& single) {
  if (!joined.empty() && joined.back().times == 1 && single.begin <= joined.back().end) {
    joined.back().end = std::max(joined.back().end, single.end);
  } else {
    joined.push_back(single);
  }
}

/// Each time of each of these by itself, in order of begin.
std::vector<Interval> singles_of(std::span<const Interval> intervals) {
  std::vector<Interval> singles;
  for (const Interval& each : intervals) {
    for (std::int64_t i = 0; i < each.times; ++i) singles.push_back({each.begin + i * each.every, each.end + i * each.every});
  }
  std::ranges::sort(singles, {}, &Interval::begin);
  return singles;
}

/// Sorted by begin, and joined where they meet.
std::vector<Interval> merged(std::span<const Interval> intervals) {
  std::vector<Interval> joined;
  for (const Interval& single : singles_of(intervals)) append_single(joined, single);
  return joined;
}

/// When a rank's calls moved its data. The intervals of one call are in order and apart from one another, though those that repeat
/// may lie between one another's times.
class Moving {
 public:
  void add(const Interval& interval, std::size_t call) {
    if (calls_.empty() || call != call_) calls_.push_back({intervals_.size(), 0, interval.begin, interval.last_end()});
    call_ = call;
    intervals_.push_back(interval);
    calls_.back().end = intervals_.size();
    calls_.back().last = std::max(calls_.back().last, interval.last_end());
  }

  /// Those of calls that overlap are joined, and no longer repeat.
  std::vector<Interval> joined() {
    std::ranges::stable_sort(calls_, {}, &Call::first);
    std::vector<Interval> joined;
    for (auto first = calls_.begin(); first != calls_.end();) {
      auto next = first + 1;
      for (Time last = first->last; next != calls_.end() && next->first < last; ++next) last = std::max(last, next->last);
      if (next - first == 1) {
        for (const Interval& each : of(*first)) append(joined, each);
      } else {
        std::vector<Interval> overlapping;
        for (auto call = first; call != next; ++call) overlapping.insert(overlapping.end(), of(*call).begin(), of(*call).end());
        for (const Interval& single : singles_of(overlapping)) append_single(joined, single);
      }
      first = next;
    }
    return joined;
  }

 private:
  struct Call {
    std::size_t begin, end;  // in intervals_
    Time first, last;
  };
  std::span<const Interval> of(const Call& call) const {
    return std::span(intervals_).subspan(call.begin, call.end - call.begin);
  }
  static void append(std::vector<Interval>& joined, const Interval& each) {
    if (each.times == 1) return append_single(joined, each);
    joined.push_back(each);
  }

  std::vector<Interval> intervals_;  // call by call
  std::vector<Call> calls_;
  std::size_t call_ = 0;  // the last one
};

/// How much of it lies within [begin, end).
Time length_within(const Interval& interval, Time begin, Time end) {
  return interval.length_before(end) - interval.length_before(begin);
}

/// Time in both of an interval and of a merged list of such as do not repeat.
Time common_time(const Interval& interval, const std::vector<Interval>& others) {
  Time common = Time::zero();
  auto other = std::ranges::lower_bound(others, interval.begin, {}, &Interval::end);
  for (; other != others.end() && other->begin < interval.last_end(); ++other) {
    common += length_within(interval, other->begin, other->end);
  }
  return common;
}

double& part_of(Breakdown& parts, std::string_view category) {
  if (category == "forward") return parts.forward;
  if (category == "backward") return parts.backward;
  if (category == "compression") return parts.compression;
  SYNCLINE_CHECK(category == "update", "an activity of no known category");
  return parts.update;
}

}  // namespace

Breakdown break_down(const std::vector<Activity>& activities, Time begin, Time end) {
  Breakdown parts;
  std::vector<Interval> busy;
  Moving moving;
  for (const Activity& activity : activities) {
    const Interval whole{activity.begin, activity.end, activity.times, activity.every};
    if (activity.category == "communication") {
      moving.add(whole, activity.call);
      continue;
    }
    const Interval clipped{std::max(whole.begin, begin), std::min(whole.end, end)};
    if (clipped.begin >= clipped.end) continue;
    busy.push_back(clipped);
    const double inside = (clipped.end - clipped.begin).seconds();
    part_of(parts, activity.category) += inside;
    // Of work that lies partly outside, a part in proportion.
    if (activity.slowed > Time::zero()) {
      parts.slowed += activity.slowed.seconds() * inside / (activity.end - activity.begin).seconds();
    }
  }
  busy = merged(busy);
  Time busy_time = Time::zero(), exposed = Time::zero();
  for (const Interval& interval : busy) busy_time += interval.end - interval.begin;
  for (const Interval& interval : moving.joined()) {
    exposed += length_within(interval, begin, end) - common_time(interval, busy);
  }
  parts.exposed = exposed.seconds();
  parts.idle = (end - begin - busy_time - exposed).seconds();
  return parts;
}

void add(Breakdown& sum, const Breakdown& part, double weight) {
  sum.forward += part.forward * weight;
  sum.backward += part.backward * weight;
  sum.compression += part.compression * weight;
  sum.update += part.update * weight;
  sum.exposed += part.exposed * weight;
  sum.idle += part.idle * weight;
  sum.slowed += part.slowed * weight;
}

}  // namespace syncline::models
