// A network of a scenario as a file of its own: what calibration writes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "scenarios/measured.h"

namespace syncline::scenarios {

/// What is written of a fit, in [[network.fitted]].
struct FitRecord {
  std::string scenario, subset, network, fingerprint;  // as in FittedSubset
  std::vector<std::string> parameters;                 // each with its interval
  std::string command, date;
};

/// The network's own keys and those of the file that it starts from, in the order of the format, with the settings in place of
/// theirs; a stack's base is named, not copied. Of a fit to the same subset as the record's, only the record is kept.
std::string network_file_text(const std::string& scenario_file, const std::string& network, std::span<const Setting> settings,
                              const FitRecord& record);

}  // namespace syncline::scenarios
