// Fits numbers of one network of a measured scenario to some of its cases, and says how well it then agrees with the others.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/parameter.h"
#include "tools/error_statistics.h"

namespace syncline::tools {

struct CalibrationRequest {
  std::string file, subset;
  std::string network;                  // "": the only one with cases of the subset
  std::vector<std::string> parameters;  // keys of the network
};

struct CalibratedParameter {
  scenarios::Parameter parameter;  // as it was
  double value = 0;                // fitted, rounded to the digits that are written
  std::optional<std::pair<double, double>> interval;
};

struct Calibration {
  std::string network;
  std::vector<CalibratedParameter> parameters;
  double deviation = 0;                   // standard, of the logarithm of predicted over measured
  ErrorStatistics fitted_before, fitted;  // of the cases that were fitted to
  ErrorStatistics judged_before, judged;  // of all other cases on this network
  std::string profile;                    // the network as a file
};

/// Least squares of log(predicted / measured). UserError where there are no such cases, where numbers cannot be fitted, or where
/// the cases do not tell them.
Calibration calibrate(const CalibrationRequest& request);

std::string calibration_text(const CalibrationRequest& request, const Calibration& calibration);

/// As one would type it, the file without its folder.
std::string command_text(const CalibrationRequest& request);

}  // namespace syncline::tools
