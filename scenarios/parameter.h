// Numbers of a network as parameters: found by the path of their key, and set in a file as it would be written by hand.
#pragma once

#include <string>

#include "scenarios/format.h"
#include "scenarios/measured.h"

namespace syncline::scenarios {

/// A time, a bandwidth or a number of a network or its stack.
struct Parameter {
  std::string network, key;  // as in Setting
  Reading reading = Reading::plain;
  double value = 0;                // as it is now: seconds, bytes per second, or the number
  double least = 0, greatest = 0;  // that it may have; in the same unit
  std::string help;
};

/// UserError where the scenario has no such network, the network no such key, or the key no number that could be fitted.
Parameter find_parameter(const std::string& scenario_file, const std::string& network, const std::string& key);

/// Such a value as it is written in a file, with so many significant digits: "6.6 us", "0.97".
std::string parameter_text(const Parameter& parameter, double value, int digits);

}  // namespace syncline::scenarios
