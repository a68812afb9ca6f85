// Predicted against measured, and how it is shown.
#pragma once

#include <string>
#include <vector>

#include "tools/real/measure.h"
#include "tools/real/prediction.h"

namespace syncline::tools {

struct ComparedCollective {
  MeasuredCollective measured;
  std::string algorithm;
  double predicted = 0;  // seconds
};

struct ComparedTraining {
  MeasuredTraining measured;
  PredictedTraining predicted;
  std::vector<OperationPair> operations;
  std::int64_t period = 1;  // steps
  std::string correctness;  // what was found right while measuring
};

struct Validation {
  std::string network, title;  // of the scenario's network
  std::string transport;       // and its library's version
  std::string compute;         // "sleep", "kernels"
  int ranks = 1;
  bool by_library = false;  // collectives are as the stack chooses, not as the network says
  std::vector<ComparedCollective> collectives;
  std::vector<ComparedTraining> trainings;
};

/// (predicted - measured) / measured
double error_of(double predicted, double measured);

std::string report_text(const Validation& validation);
std::string json_text(const Validation& validation);
/// The sections [[collective]] and [[iteration]] of a measured scenario.
std::string measured_sections(const Validation& validation);

}  // namespace syncline::tools
