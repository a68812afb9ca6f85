// What the simulator says of what was measured.
#pragma once

#include <vector>

#include "models/training/method.h"
#include "models/training/timeline.h"
#include "scenarios/run.h"
#include "scenarios/scenario.h"
#include "sim/trace.h"
#include "tools/real/measure.h"
#include "tools/real/operations.h"

namespace syncline::tools {

/// Whether a step's forward is an operation for each layer, or one: as TrainingRank has it.
enum class Forward { by_layer, as_one };

struct PredictedTraining {
  double iteration = 0;  // seconds a step
  sim::MemoryTrace trace;
  std::vector<Operation> operations;  // of the trace's last period
};

/// `network` has the algorithms by which the measured collectives were done.
double predicted_seconds(const models::NetworkProfile& network, network::Operation operation, std::int64_t bytes);
PredictedTraining predict(const scenarios::Scenario& scenario, const scenarios::Training& training,
                          const models::NetworkProfile& network, const models::MethodSetting& setting,
                          Forward forward = Forward::by_layer);

/// What was found right in what kernels trained, in words. TransportError where ranks ended with other weights than each other, or
/// losses are not those of the trajectory: bit by bit where no more than two numbers are added or all-gathers bring them, else but
/// for the rounding of another order of sums.
std::string check_training(const scenarios::Training& training, const models::MethodSetting& setting,
                           const MeasuredTraining& measured);

}  // namespace syncline::tools
