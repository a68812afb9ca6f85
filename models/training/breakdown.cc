#include "models/training/breakdown.h"

#include <algorithm>
#include <span>
#include <utility>

#include "sim/error.h"

namespace syncline::models {
namespace {

struct Interval {
  Time begin, end;
  Time moving = Time::zero();  // of communication; at most all of it counts
  Time length() const { return end - begin; }
};

/// Sorted by time, and joined where they overlap.
std::vector<Interval> merged(std::vector<Interval> intervals) {
  std::sort(intervals.begin(), intervals.end(), [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
  std::vector<Interval> joined;
  for (const Interval& interval : intervals) {
    if (!joined.empty() && interval.begin < joined.back().end) {
      joined.back().end = std::max(joined.back().end, interval.end);
      joined.back().moving += interval.moving;
    } else {
      joined.push_back(interval);
    }
  }
  return joined;
}

/// What of the interval none of the others cover; they are merged, and those that end before it have been left out.
Time uncovered(const Interval& interval, std::span<const Interval> others) {
  Time time = interval.length();
  for (const Interval& other : others) {
    if (other.begin >= interval.end) break;
    time -= std::min(interval.end, other.end) - std::max(interval.begin, other.begin);
  }
  return time;
}

/// Waiting for others is taken to be spread evenly over a collective.
double exposed_seconds(const std::vector<Interval>& communication, const std::vector<Interval>& busy) {
  double seconds = 0;
  std::size_t next = 0;
  for (const Interval& interval : communication) {
    while (next < busy.size() && busy[next].end <= interval.begin) ++next;
    const double part = std::min(interval.moving, interval.length()).seconds() / interval.length().seconds();
    seconds += part * uncovered(interval, std::span(busy).subspan(next)).seconds();
  }
  return seconds;
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
  std::vector<Interval> busy, communication;
  for (const Activity& activity : activities) {
    Interval clipped{std::max(activity.begin, begin), std::min(activity.end, end)};
    if (clipped.begin >= clipped.end) continue;
    if (activity.category == "communication") {
      const double kept = clipped.length().seconds() / (activity.end - activity.begin).seconds();
      clipped.moving = kept == 1 ? activity.moving : Time::from_seconds(kept * activity.moving.seconds());
      communication.push_back(clipped);
    } else {
      busy.push_back(clipped);
      part_of(parts, activity.category) += clipped.length().seconds();
    }
  }
  busy = merged(std::move(busy));
  Time busy_time = Time::zero();
  for (const Interval& interval : busy) busy_time += interval.length();
  parts.exposed = exposed_seconds(merged(std::move(communication)), busy);
  parts.idle = (end - begin - busy_time).seconds() - parts.exposed;
  return parts;
}

void add(Breakdown& sum, const Breakdown& part, double weight) {
  sum.forward += part.forward * weight;
  sum.backward += part.backward * weight;
  sum.compression += part.compression * weight;
  sum.update += part.update * weight;
  sum.exposed += part.exposed * weight;
  sum.idle += part.idle * weight;
}

}  // namespace syncline::models
