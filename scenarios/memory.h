// What a scenario needs of the memory of the machine that runs it.
#pragma once

#include <cstdint>

#include "models/dnn/dnn.h"
#include "scenarios/scenario.h"

namespace syncline::scenarios {

/// UserError where synthetic data alone would not fit into the memory.
void check_data_fits(const Scenario& scenario);

/// UserError where what every method holds (inputs and activations of the largest batch of each worker, gradients) would not.
void check_training_fits(const Scenario& scenario, const models::Dnn& dnn, std::int64_t largest_batch);

}  // namespace syncline::scenarios
