// The results of a run as JSON: what the tables hold, and the curves behind them. Times are in seconds, sizes in bytes.
#pragma once

#include <string>

#include "scenarios/run.h"
#include "scenarios/scenario.h"

namespace syncline::tools {

/// Depends on the scenario and its results alone: the same text for any number of threads.
std::string json_report(const scenarios::Scenario& scenario, const scenarios::RunResult& result);

}  // namespace syncline::tools
