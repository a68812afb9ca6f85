// A series that changes often, as its mean over windows: what a reader of a trace can see, in a file that a browser can open.
#pragma once

#include <vector>

#include "sim/trace.h"

namespace syncline::tools {

/// `samples`: of any number of series, each in order of time; a value holds until the series' next sample, and is 0 before the
/// first. Returns each series' mean over the windows [0, window), [window, 2 window), ... up to `end`, rounded to hundredths,
/// one sample at the begin of every window whose mean differs from the last; series in order of their first sample.
std::vector<sim::Sample> window_means(const std::vector<sim::Sample>& samples, Time window, Time end);

}  // namespace syncline::tools
