// Known parameters come back from data with noise, and their intervals cover them as often as they say.
#include "tools/least_squares.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "sim/error.h"
#include "tests/seeds.h"

namespace syncline::tools {
namespace {

// alpha + n / B, as a link: 20 us and 1.25 GB/s; from 1 kB to 100 MB.
constexpr double kAlpha = 20e-6, kBandwidth = 1.25e9;
double line(double alpha, double bandwidth, double bytes) { return alpha + bytes / bandwidth; }
std::vector<double> sizes() {
  std::vector<double> result;
  for (double bytes = 1e3; bytes < 2e8; bytes *= 10) result.push_back(bytes), result.push_back(3 * bytes);
  return result;
}

const std::vector<FitParameter> kLink = {{"alpha", 1e-6, 1e-9, 10, true}, {"bandwidth", 1e8, 125, 1e15, true}};

FitResult fit_link(const std::vector<double>& measured) {
  return least_squares(kLink, [&](const std::vector<double>& values) {
    std::vector<double> residuals;
    for (std::size_t i = 0; i < measured.size(); ++i) {
      residuals.push_back(std::log(line(values[0], values[1], sizes()[i]) / measured[i]));
    }
    return residuals;
  });
}

TEST(LeastSquares, FindsWhatMadeTheDataWithoutNoise) {
  std::vector<double> measured;
  for (const double bytes : sizes()) measured.push_back(line(kAlpha, kBandwidth, bytes));
  const FitResult fit = fit_link(measured);
  EXPECT_NEAR(fit.values[0], kAlpha, 1e-6 * kAlpha);
  EXPECT_NEAR(fit.values[1], kBandwidth, 1e-6 * kBandwidth);
  EXPECT_LT(fit.deviation, 1e-6);
}

// With 400 data sets, intervals of 95 % cover 380 on average, with a standard deviation of sqrt(400 * 0.95 * 0.05) = 4.4: within 5
// of these, 358 to 400.
TEST(LeastSquares, IntervalsCoverTheTruthAsOftenAsTheySay) {
  constexpr int kSets = 400;
  constexpr double kNoise = 0.03;
  for (const std::uint64_t seed : seeds(2)) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::normal_distribution<double> noise(0, kNoise);
    int covered[2] = {0, 0};
    double deviation = 0;
    for (int set = 0; set < kSets; ++set) {
      std::vector<double> measured;
      for (const double bytes : sizes()) measured.push_back(line(kAlpha, kBandwidth, bytes) * std::exp(noise(random)));
      const FitResult fit = fit_link(measured);
      const double truth[2] = {kAlpha, kBandwidth};
      for (std::size_t i = 0; i < 2; ++i) {
        ASSERT_TRUE(fit.intervals[i]);
        EXPECT_LE(fit.intervals[i]->first, fit.values[i]);
        EXPECT_GE(fit.intervals[i]->second, fit.values[i]);
        covered[i] += fit.intervals[i]->first <= truth[i] && truth[i] <= fit.intervals[i]->second;
      }
      deviation += fit.deviation / kSets;
    }
    for (const int count : covered) EXPECT_GE(count, 358);
    EXPECT_LT(covered[0] + covered[1], 2 * kSets);  // intervals that cover always say nothing
    EXPECT_NEAR(deviation, kNoise, 0.1 * kNoise);
  }
}

TEST(LeastSquares, KeepsBounds) {
  // The best is at 1.5, beyond the greatest that is allowed.
  const std::vector<FitParameter> efficiency = {{"efficiency", 0.5, 0.01, 1, false}};
  const FitResult fit = least_squares(efficiency, [](const std::vector<double>& values) {
    return std::vector{values[0] - 1.4, values[0] - 1.6, values[0] - 1.5};
  });
  EXPECT_NEAR(fit.values[0], 1, 1e-6);
  EXPECT_LE(fit.intervals[0]->second, 1);
}

// Two ways down with a hill in between: the search begins on both sides.
TEST(LeastSquares, CrossesABend) {
  const std::vector<FitParameter> one = {{"x", 1, 1e-3, 1e3, true}};
  const FitResult fit = least_squares(one, [](const std::vector<double>& values) {
    const double x = std::log(values[0]);
    return std::vector{x < 0.5 ? 1 + x * x : (x - 2), 0.01 * x};
  });
  EXPECT_NEAR(std::log(fit.values[0]), 2, 0.01);
}

// Where it is small, a parameter moves nothing: the greater of x and 1 counts. And a start in the middle of a range is one like others.
TEST(LeastSquares, LeavesAFlatPlaceAndTheMiddle) {
  const auto greater = [](const std::vector<double>& values) {
    return std::vector{std::log(std::max(values[0], 1.0) / 3), std::log(std::max(values[0], 0.5) / 3)};
  };
  for (const double start : {0.01, 0.3, 2.0, 3.5, 100.0}) {
    const FitResult fit = least_squares({{"x", start, start / 1000, start * 1000, true}}, greater);
    EXPECT_NEAR(fit.values[0], 3, 1e-4) << start;
  }
  EXPECT_NEAR(least_squares({{"x", 1e-6, 1e-9, 10, true, false}}, greater).values[0], 3, 1e-4);
}

void expect_complaint(const std::vector<FitParameter>& parameters, const Residuals& residuals, const std::string& part) {
  try {
    least_squares(parameters, residuals);
    FAIL() << "no complaint, where it should be: " << part;
  } catch (const UserError& error) {
    EXPECT_NE(error.message().find(part), std::string::npos) << error.message();
  }
}

TEST(LeastSquares, SaysWhatCannotBeTold) {
  const std::vector<FitParameter> two = {{"launch", 1, 1e-3, 1e3, true}, {"latency", 1, 1e-3, 1e3, true}};
  const auto sum = [](const std::vector<double>& values) {
    return std::vector{std::log(values[0] + values[1]), std::log(values[0] + values[1]) - 1, std::log(values[0] + values[1]) + 1};
  };
  expect_complaint(two, sum, "cannot tell launch and latency apart");
  const auto first_only = [](const std::vector<double>& values) {
    return std::vector{std::log(values[0]), std::log(values[0]) - 1, 0.5};
  };
  expect_complaint(two, first_only, "latency cannot be fitted to these cases: no prediction for them depends on it");
  expect_complaint(
      two, [](const std::vector<double>& values) { return std::vector{std::log(values[0])}; },
      "1 cases are too few for 2 parameters");
  expect_complaint(
      {}, [](const std::vector<double>&) { return std::vector{1.0}; }, "no parameter");
}

TEST(LeastSquares, HasNoIntervalsWithoutFreedom) {
  const std::vector<FitParameter> one = {{"x", 1, 1e-3, 1e3, true}};
  const FitResult fit =
      least_squares(one, [](const std::vector<double>& values) { return std::vector{std::log(values[0]) - 1}; });
  EXPECT_NEAR(fit.values[0], std::exp(1), 1e-6);
  EXPECT_FALSE(fit.intervals[0]);
  EXPECT_EQ(fit.deviation, 0);
}

}  // namespace
}  // namespace syncline::tools
