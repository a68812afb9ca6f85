#include "models/training/breakdown.h"

#include <algorithm>
#include <utility>

#include "sim/error.h"

namespace syncline::models {
namespace {

using Interval = std::pair<Time, Time>;

/// Sorted, joined where they touch.
std::vector<Interval> merged(std::vector<Interval> intervals) {
  std::sort(intervals.begin(), intervals.end());
  std::vector<Interval> joined;
  for (const Interval& interval : intervals) {
    if (!joined.empty() && interval.first <= joined.back().second) {
      joined.back().second = std::max(joined.back().second, interval.second);
    } else {
      joined.push_back(interval);
    }
  }
  return joined;
}

/// Time in both of two merged lists.
Time common_time(const std::vector<Interval>& a, const std::vector<Interval>& b) {
  Time common = Time::zero();
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const Time begin = std::max(a[i].first, b[j].first);
    const Time end = std::min(a[i].second, b[j].second);
    if (begin < end) common += end - begin;
    if (a[i].second < b[j].second) {
      ++i;
    } else {
      ++j;
    }
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
    const Interval clipped{std::max(activity.begin, begin), std::min(activity.end, end)};
    if (clipped.first >= clipped.second) continue;
    if (activity.category == "communication") {
      moving.push_back(clipped);
    } else {
      busy.push_back(clipped);
      part_of(parts, activity.category) += (clipped.second - clipped.first).seconds();
    }
  }
  busy = merged(std::move(busy));
  moving = merged(std::move(moving));
  Time busy_time = Time::zero(), moving_time = Time::zero();
  for (const Interval& interval : busy) busy_time += interval.second - interval.first;
  for (const Interval& interval : moving) moving_time += interval.second - interval.first;
  const Time exposed = moving_time - common_time(busy, moving);
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
}

}  // namespace syncline::models
