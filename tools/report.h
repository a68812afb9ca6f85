// What a run prints: what was simulated, one table per network, one sentence of advice under each.
#pragma once

#include <string>
#include <vector>

#include "models/training/trajectory.h"
#include "scenarios/run.h"
#include "scenarios/scenario.h"

namespace syncline::tools {

/// GPU, model, data, training: what is the same for all rows of all tables.
std::string setup_text(const scenarios::Scenario& scenario);
/// A line for each method, with what is its own.
std::string methods_text(const scenarios::Scenario& scenario);
/// A line for each network.
std::string networks_text(const scenarios::Scenario& scenario);

std::string network_table(const scenarios::NetworkResult& network);

/// A line on what did not fit into the device's memory at once; "" where all of the so many workers did.
std::string groups_text(const std::vector<models::Trajectory>& trajectories, int workers);

void print_report(const scenarios::Scenario& scenario, const scenarios::RunResult& result);

}  // namespace syncline::tools
