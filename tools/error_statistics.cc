#include "tools/error_statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/error.h"

namespace syncline::tools {
namespace {

/// [value] its rank from 1; equal ones share the mean.
std::vector<double> ranks_of(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + 1 + end) / 2;
    begin = end;
  }
  return ranks;
}

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

double signed_error(double predicted, double measured) { return predicted / measured - 1; }

ErrorStatistics error_statistics(std::span<const double> predicted, std::span<const double> measured) {
  SYNCLINE_CHECK(predicted.size() == measured.size(), "a prediction for each case");
  ErrorStatistics result;
  result.cases = predicted.size();
  if (predicted.empty()) return result;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const double error = signed_error(predicted[i], measured[i]);
    result.mean += std::abs(error);
    result.bias += error;
    result.greatest = std::max(result.greatest, std::abs(error));
  }
  result.mean /= static_cast<double>(predicted.size());
  result.bias /= static_cast<double>(predicted.size());
  result.rank_correlation = spearman(predicted, measured);
  return result;
}

std::optional<double> spearman(std::span<const double> a, std::span<const double> b) {
  SYNCLINE_CHECK(a.size() == b.size(), "ranks of pairs");
  if (a.size() < 2) return std::nullopt;
  const std::vector<double> x = ranks_of(a), y = ranks_of(b);
  const double mean_x = mean_of(x), mean_y = mean_of(y);
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  if (xx == 0 || yy == 0) return std::nullopt;
  return xy / std::sqrt(xx * yy);
}

Order order_of(std::span<const double> predicted, std::span<const double> measured, std::span<const double> spread) {
  SYNCLINE_CHECK(predicted.size() == measured.size() && measured.size() == spread.size(), "a spread for each case");
  Order result;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double apart = measured[i] - measured[j];
      if (std::abs(apart) <= spread[i] + spread[j]) continue;
      ++result.pairs;
      if ((predicted[i] - predicted[j]) * apart > 0) ++result.right;
    }
  }
  return result;
}

}  // namespace syncline::tools
