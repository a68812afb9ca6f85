// What a run prints where nothing is trained: times, and no accuracy.
#pragma once

#include <string>
#include <vector>

#include "scenarios/run.h"
#include "scenarios/scenario.h"

namespace syncline::tools {

/// Samples that all workers take in a second.
double samples_per_second(const scenarios::Scenario& scenario, const models::Outcome& outcome);

/// "BERT-Large, pre-training; sentences of 64 tokens"
std::string timed_model_text(const scenarios::Scenario& scenario);

/// What every table of methods begins with, "method" to "sent/step", and a row of it.
std::vector<std::string> times_head();
std::vector<std::string> times_of(const models::Outcome& outcome);

std::string timing_table(const scenarios::Scenario& scenario, const scenarios::NetworkResult& network);

/// One sentence: which method's step is shortest, and why.
std::string timing_advice(const scenarios::Scenario& scenario, const scenarios::RunResult& result,
                          const scenarios::NetworkResult& network);

}  // namespace syncline::tools
