// syncline validate in its two halves: all ranks measure, then the first one predicts and compares.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/real/validation.h"

namespace syncline::tools {

struct ValidationSetup {
  const scenarios::Scenario& scenario;
  const scenarios::Training& training;
  models::NetworkProfile network;  // with the algorithms by which collectives are really done
  MeasureOptions measure;
  std::vector<std::int64_t> sizes;  // of the buffers of single collectives, in bytes
};

/// UserError where the network's stack cannot say what it would take; told before anything is measured.
void check_prediction(const ValidationSetup& setup);

/// What ranks do by the files that the scenario names: how long layers and collectives take by them. The same on all ranks that
/// have the same files.
std::string resolved_text(const ValidationSetup& setup);

/// Called by all ranks.
Validation measure(const ValidationSetup& setup, Transport& transport, RealCollectives& collectives, Watchdog& watchdog);

/// What the simulator says of it, operation by operation, and whether training gave what it should (TransportError).
void predict(const ValidationSetup& setup, Validation& validation);

}  // namespace syncline::tools
