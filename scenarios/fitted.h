// Which cases of a measured scenario the numbers of a network were fitted to: those must not be judged by.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "sim/error.h"

namespace syncline::scenarios {

struct MeasuredCase;

/// As a network says it, in [[network.fitted]].
struct FittedSubset {
  std::string scenario;  // the file's name without its folder
  std::string subset;
  std::string network;      // its name in that file
  std::string fingerprint;  // of the cases
  Location where;
};

/// The cases of a subset on a network.
std::vector<std::size_t> cases_of(std::span<const MeasuredCase> cases, const std::string& subset, const std::string& network);

/// Sixteen hexadecimal digits of what these cases are and what was measured: another number where anything of it is another, but for
/// the network's name, which is as given.
std::string fingerprint_of(std::span<const MeasuredCase> cases, std::span<const std::size_t> which, const std::string& network);

}  // namespace syncline::scenarios
