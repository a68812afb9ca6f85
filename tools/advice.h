// One sentence per network: what to use there, and why.
#pragma once

#include <string>

#include "scenarios/run.h"
#include "scenarios/scenario.h"

namespace syncline::tools {

std::string advice(const scenarios::Scenario& scenario, const scenarios::RunResult& result,
                   const scenarios::NetworkResult& network);

/// Why a step of `best` is shorter than one of `other`: the part that shrinks most, and bytes where they do.
std::string shorter_step(const models::Outcome& best, const models::Outcome& other);

}  // namespace syncline::tools
