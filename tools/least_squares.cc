#include "tools/least_squares.h"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <unsupported/Eigen/NonLinearOptimization>

#include "sim/error.h"

namespace syncline::tools {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

// Of the inner variable, whose whole range is pi; and of a parameter or its logarithm. Simulated times are whole picoseconds, and
// a step must move them by many.
constexpr double kInnerStep = 1e-3, kStep = 1e-3;
constexpr double kMargin = 0.02;                 // of the inner range: no start is at a bound, where a sine is flat
constexpr double kFactors[] = {4, 16, 64, 256};  // to the other starts, of a logarithmic parameter
constexpr double kShare = 0.25;                  // to the other starts, of the way to a bound
constexpr double kBlind = 1e-7;                  // a change of the residuals by this part of the parameter's is none
constexpr double kAlike = 1e-4;  // least singular value of a Jacobian of unit columns, below which they count as dependent
constexpr double kConfidence = 0.95;
constexpr double kTurn = 2 * std::numbers::pi;  // the solver's first step is a part of what it starts from, which so is not zero
constexpr double kFirstStep = 0.1;              // that part
constexpr int kMostEvaluations = 200;
constexpr double kTolerance = 1e-7;  // of the sum of squares and of the inner variables, in parts: written are four digits

double outer(const FitParameter& parameter, double value) { return parameter.logarithmic ? std::log(value) : value; }
double value_at(const FitParameter& parameter, double outer_value) {
  const double value = parameter.logarithmic ? std::exp(outer_value) : outer_value;
  return std::clamp(value, parameter.least, parameter.greatest);
}

/// From the inner variable, which has no bounds.
double from_inner(const FitParameter& parameter, double inner) {
  const double low = outer(parameter, parameter.least), high = outer(parameter, parameter.greatest);
  return value_at(parameter, low + (high - low) * (std::sin(inner) + 1) / 2);
}

double to_inner(const FitParameter& parameter, double value) {
  const double low = outer(parameter, parameter.least), high = outer(parameter, parameter.greatest);
  const double most = std::asin(1.0) * (1 - kMargin);
  const double part = std::clamp(2 * (outer(parameter, value) - low) / (high - low) - 1, -1.0, 1.0);
  return kTurn + std::clamp(std::asin(part), -most, most);
}

/// What Eigen's solver asks of a problem.
class Problem {
 public:
  using Scalar = double;
  using InputType = VectorXd;
  using ValueType = VectorXd;
  using JacobianType = MatrixXd;
  enum { InputsAtCompileTime = Eigen::Dynamic, ValuesAtCompileTime = Eigen::Dynamic };

  Problem(const std::vector<FitParameter>& parameters, const Residuals& residuals, int count)
      : parameters_(parameters), residuals_(residuals), count_(count) {}

  int inputs() const { return static_cast<int>(parameters_.size()); }
  int values() const { return count_; }

  std::vector<double> parameters_at(const VectorXd& inner) const {
    std::vector<double> result;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      result.push_back(from_inner(parameters_[i], inner[static_cast<Eigen::Index>(i)]));
    }
    return result;
  }

  VectorXd at(const std::vector<double>& values) const {
    const std::vector<double> result = residuals_(values);
    SYNCLINE_CHECK(static_cast<int>(result.size()) == count_, "the number of residuals changed");
    return Eigen::Map<const VectorXd>(result.data(), count_);
  }

  int operator()(const VectorXd& inner, VectorXd& residuals) const {
    residuals = at(parameters_at(inner));
    return 0;
  }

  int df(const VectorXd& inner, MatrixXd& jacobian) const {
    for (Eigen::Index i = 0; i < inner.size(); ++i) {
      VectorXd above = inner, below = inner;
      above[i] += kInnerStep;
      below[i] -= kInnerStep;
      jacobian.col(i) = (at(parameters_at(above)) - at(parameters_at(below))) / (2 * kInnerStep);
    }
    return 0;
  }

  /// By the parameters or their logarithms.
  MatrixXd outer_jacobian(const std::vector<double>& values) const {
    MatrixXd jacobian(count_, inputs());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const FitParameter& parameter = parameters_[i];
      const double here = outer(parameter, values[i]);
      const double step = parameter.logarithmic ? kStep : kStep * std::max(std::abs(here), parameter.greatest * kStep);
      std::vector<double> above = values, below = values;
      above[i] = value_at(parameter, here + step);
      below[i] = value_at(parameter, here - step);
      const double apart = outer(parameter, above[i]) - outer(parameter, below[i]);
      jacobian.col(static_cast<Eigen::Index>(i)) = (at(above) - at(below)) / apart;
    }
    return jacobian;
  }

 private:
  const std::vector<FitParameter>& parameters_;
  const Residuals& residuals_;
  int count_;
};

/// At the solution: every parameter moves something, and no two of them, or more, move all in the same way.
void check_identifiable(const std::vector<FitParameter>& parameters, const std::vector<double>& values, MatrixXd jacobian) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    auto column = jacobian.col(static_cast<Eigen::Index>(i));
    const double scale = parameters[i].logarithmic ? 1 : std::max(std::abs(values[i]), kBlind);
    if (column.norm() * scale < kBlind) {
      throw UserError(fmt::format(
          "{} cannot be fitted to these cases: no prediction for them depends on it, at least near {:.3g}; it may from "
          "another start",
          parameters[i].name, values[i]));
    }
    column.normalize();
  }
  const Eigen::JacobiSVD<MatrixXd> parts(jacobian, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const Eigen::Index last = parts.singularValues().size() - 1;
  if (parts.singularValues()[last] >= kAlike) return;
  const VectorXd direction = parts.matrixV().col(last);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (std::abs(direction[static_cast<Eigen::Index>(i)]) > 0.1) names.push_back(parameters[i].name);
  }
  throw UserError(
      fmt::format("these cases cannot tell {} apart: fit fewer of them, or to more cases", fmt::join(names, " and ")));
}

/// Other values of one parameter to begin with.
std::vector<double> other_starts(const FitParameter& parameter) {
  const double start = parameter.start;
  if (!parameter.logarithmic) return {start - kShare * (start - parameter.least), start + kShare * (parameter.greatest - start)};
  std::vector<double> values;
  for (double value = 10 * parameter.least; !parameter.scale_known && value < parameter.greatest; value *= 10) {
    values.push_back(value);
  }
  for (const double factor : kFactors) {
    values.push_back(std::max(start / factor, parameter.least));
    values.push_back(std::min(start * factor, parameter.greatest));
  }
  return values;
}

/// As given; and for each parameter that which begins nearest to the data, of those at which it moves something.
std::vector<VectorXd> starts_of(const Problem& problem, const std::vector<FitParameter>& parameters) {
  VectorXd start(static_cast<Eigen::Index>(parameters.size()));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    start[static_cast<Eigen::Index>(i)] = to_inner(parameters[i], parameters[i].start);
  }
  const VectorXd here = problem.at(problem.parameters_at(start));
  std::vector<VectorXd> starts = {start};
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    double least = std::numeric_limits<double>::infinity();
    std::optional<VectorXd> best;
    for (const double value : other_starts(parameters[i])) {
      VectorXd other = start;
      other[static_cast<Eigen::Index>(i)] = to_inner(parameters[i], value);
      const VectorXd there = problem.at(problem.parameters_at(other));
      if ((there - here).norm() < kBlind || there.squaredNorm() >= least) continue;
      least = there.squaredNorm();
      best = other;
    }
    if (best) starts.push_back(*best);
  }
  return starts;
}

}  // namespace

FitResult least_squares(const std::vector<FitParameter>& parameters, const Residuals& residuals) {
  std::vector<double> start;
  for (const FitParameter& parameter : parameters) start.push_back(parameter.start);
  const int count = static_cast<int>(residuals(start).size());
  if (parameters.empty()) throw UserError("no parameter to fit");
  if (count < static_cast<int>(parameters.size())) {
    throw UserError(fmt::format("{} cases are too few for {} parameters", count, parameters.size()));
  }
  Problem problem(parameters, residuals, count);
  FitResult result;
  double least = std::numeric_limits<double>::infinity();
  for (VectorXd inner : starts_of(problem, parameters)) {
    Eigen::LevenbergMarquardt<Problem> solver(problem);
    solver.parameters.maxfev = kMostEvaluations;
    solver.parameters.factor = kFirstStep;
    solver.parameters.ftol = solver.parameters.xtol = kTolerance;
    solver.minimize(inner);
    const std::vector<double> values = problem.parameters_at(inner);
    const double squares = problem.at(values).squaredNorm();
    // By more than the tolerance: else the first of equal ends is kept.
    if (squares < least * (1 - kTolerance)) {
      least = squares;
      result.values = values;
    }
  }
  const MatrixXd jacobian = problem.outer_jacobian(result.values);
  check_identifiable(parameters, result.values, jacobian);

  result.intervals.resize(parameters.size());
  const int freedom = count - static_cast<int>(parameters.size());
  if (freedom == 0) return result;
  result.deviation = std::sqrt(least / freedom);
  const MatrixXd covariance =
      (jacobian.transpose() * jacobian).ldlt().solve(MatrixXd::Identity(jacobian.cols(), jacobian.cols()));
  const double quantile = boost::math::quantile(boost::math::students_t(freedom), (1 + kConfidence) / 2);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const double half =
        quantile * result.deviation * std::sqrt(covariance(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(i)));
    const double here = outer(parameters[i], result.values[i]);
    result.intervals[i] = {value_at(parameters[i], here - half), value_at(parameters[i], here + half)};
  }
  return result;
}

}  // namespace syncline::tools
