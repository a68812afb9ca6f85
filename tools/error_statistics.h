// How well predictions agree with what was measured.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace syncline::tools {

/// predicted / measured - 1: above zero where the prediction is too slow.
double signed_error(double predicted, double measured);

struct ErrorStatistics {
  std::size_t cases = 0;
  double mean = 0, greatest = 0;           // of the absolute error
  double bias = 0;                         // mean of the signed error
  std::optional<double> rank_correlation;  // Spearman's; nothing where all of one side are equal, or with fewer than two cases
};

/// [case] seconds.
ErrorStatistics error_statistics(std::span<const double> predicted, std::span<const double> measured);

/// Pearson's correlation of the ranks, where equal values share the mean of theirs; -1 to 1. Spearman, The proof and measurement of
/// association between two things, American Journal of Psychology 15, 1904.
std::optional<double> spearman(std::span<const double> a, std::span<const double> b);

/// Pairs whose order is known, and how many of them the prediction orders likewise. Of a pair whose measured values differ by no
/// more than their spreads, the order is not known.
struct Order {
  std::size_t pairs = 0, right = 0;
};
Order order_of(std::span<const double> predicted, std::span<const double> measured, std::span<const double> spread);

}  // namespace syncline::tools
