// What several jobs at once do to one another, in words.
#pragma once

#include <string>
#include <vector>

#include "scenarios/run.h"
#include "scenarios/scenario.h"

namespace syncline::tools {

/// A line for each job, as the scenario has it; "" where there are none.
std::string jobs_text(const scenarios::Scenario& scenario);

/// "packed", "spread", "random", "as listed"
std::string placement_text(const models::PlacementRequest& request);

/// Which job suffers most, and the busiest link that it shares; "" where there are no jobs.
std::string jobs_advice(const models::JobsTimeline& jobs);

/// The table of a network's jobs, and which one suffers most; "" where there are none.
std::string jobs_report(const scenarios::Scenario& scenario, const scenarios::NetworkResult& network);

/// What the columns of the tables of jobs are; "" where there are none.
std::string jobs_legend(const scenarios::Scenario& scenario);

/// "0 to 3, 6": as ranges where they follow one another.
std::string workers_text(const std::vector<int>& workers);

}  // namespace syncline::tools
