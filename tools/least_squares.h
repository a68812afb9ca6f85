// Least squares over a few parameters that have bounds, with intervals of confidence. Levenberg's and Marquardt's method, by Eigen
// (its port of MINPACK's lmder: Moré, The Levenberg-Marquardt algorithm, 1978), over central differences.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace syncline::tools {

struct FitParameter {
  std::string name;
  double start = 0, least = 0, greatest = 0;
  bool logarithmic = false;  // it is its logarithm that is fitted, and that its interval is symmetric in; then above zero
  bool scale_known = true;   // the start is near it; else, of a logarithmic one, all powers of ten are tried
};

struct FitResult {
  std::vector<double> values;  // [parameter]
  /// [parameter] of 95 % confidence, as far as residuals are linear around the solution; nothing where there are as many
  /// parameters as residuals.
  std::vector<std::optional<std::pair<double, double>>> intervals;
  double deviation = 0;  // standard, of a residual; 0 where there are as many parameters as residuals
};

/// [residual], for values of the parameters.
using Residuals = std::function<std::vector<double>(const std::vector<double>&)>;

/// Least sum of squares of the residuals, whose number does not change. Bounds are kept by a transformation: the parameter goes
/// over its range as a sine does (James and Roos, MINUIT, Computer Physics Communications 10, 1975). Residuals may have bends, as
/// a stack's choice makes them, and be flat where a parameter is small; so the search begins at the start, and with each
/// parameter elsewhere, where it moves something, and the best end is taken. UserError where the residuals are fewer than the
/// parameters, where they don't depend on one of them, or where they cannot tell some apart.
FitResult least_squares(const std::vector<FitParameter>& parameters, const Residuals& residuals);

}  // namespace syncline::tools
