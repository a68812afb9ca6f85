#pragma once

#include <vector>

#include "models/dnn/dnn.h"
#include "sim/random.h"

namespace syncline::models {

/// The weights before the first step: [element], flat in registration order, each parameter by its own rule.
std::vector<float> initial_weights(const Dnn& dnn, sim::RandomStream& random);

}  // namespace syncline::models
