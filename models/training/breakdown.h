// From a worker's activities to the parts of its time.
#pragma once

#include <vector>

#include "models/training/timeline.h"

namespace syncline::models {

/// Seconds of [begin, end) by part. The compute stream's activities do not overlap one another; collectives may, where they do
/// not repeat.
Breakdown break_down(const std::vector<Activity>& activities, Time begin, Time end);

/// sum += part * weight
void add(Breakdown& sum, const Breakdown& part, double weight);

}  // namespace syncline::models
