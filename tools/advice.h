// One sentence per network: what to use there, and why.
#pragma once

#include <string>

#include "scenarios/run.h"
#include "scenarios/scenario.h"

namespace syncline::tools {

std::string advice(const scenarios::Scenario& scenario, const scenarios::RunResult& result,
                   const scenarios::NetworkResult& network);

}  // namespace syncline::tools
