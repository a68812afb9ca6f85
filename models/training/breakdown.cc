#include "models/training/breakdown.h"

#include <algorithm>
#include <utility>

#include "network/interval.h"
#include "sim/error.h"

namespace syncline::models {
namespace {

using network::Interval;

/// Sorted by begin; those that overlap are joined, where they do not repeat.
std::vector<Interval> merged(std::vector<Interval> intervals) {
  std::ranges::sort(intervals, {}, &Interval::begin);
  std::vector<Interval> joined;
  for (const Interval& interval : intervals) {
    if (!joined.empty() && joined.back().times == 1 && interval.times == 1 && interval.begin <= joined.back().end) {
      joined.back().end = std::max(joined.back().end, interval.end);
    } else {
      joined.push_back(interval);
    }
  }
  return joined;
}

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
  std::vector<Interval> busy, moving;
  for (const Activity& activity : activities) {
    const Interval whole{activity.begin, activity.end, activity.times, activity.every};
    if (activity.category == "communication") {
      moving.push_back(whole);
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
  busy = merged(std::move(busy));
  Time busy_time = Time::zero(), exposed = Time::zero();
  for (const Interval& interval : busy) busy_time += interval.end - interval.begin;
  for (const Interval& interval : merged(std::move(moving))) {
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
