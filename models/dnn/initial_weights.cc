#include "models/dnn/initial_weights.h"

#include <cmath>

namespace syncline::models {
namespace {

float draw(const Parameter& parameter, sim::RandomStream& random) {
  const double fan_in = static_cast<double>(parameter.fan_in);
  switch (parameter.initialization) {
    case Initialization::fan_in_uniform:
      return static_cast<float>((2 * random.uniform() - 1) / std::sqrt(fan_in));
    case Initialization::he_normal:
      return static_cast<float>(random.normal() * std::sqrt(2 / fan_in));
    case Initialization::zero:
      break;
  }
  return 0;
}

}  // namespace

std::vector<float> initial_weights(const Dnn& dnn, sim::RandomStream& random) {
  std::vector<float> weights;
  weights.reserve(static_cast<std::size_t>(dnn.parameter_count()));
  for (const Parameter& parameter : dnn.parameters()) {
    for (std::int64_t i = 0; i < parameter.elements(); ++i) weights.push_back(draw(parameter, random));
  }
  return weights;
}

}  // namespace syncline::models
