// The part of Cholesky-QR that is about the small matrix of dot products, the same for the reference and the CPU; and what
// Gram-Schmidt begins with, the same for all.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace syncline::kernels {

/// x = R^-1, upper triangular, of g = R^T R; both are [rank][rank], and of g, which is used up, the upper half counts. False where
/// a pivot is not more than `least_pivot` of its diagonal element, or is no number.
/// R row by row, each subtracted from what is below it; then x from its last row up, each added to those above it.
inline bool invert_cholesky(int rank, double least_pivot, std::span<double> g, std::span<double> x) {
  const auto at = [side = static_cast<std::size_t>(rank)](int row, int column) {
    return static_cast<std::size_t>(row) * side + static_cast<std::size_t>(column);
  };
  for (int k = 0; k < rank; ++k) x[at(k, k)] = g[at(k, k)];  // kept for the pivots
  for (int k = 0; k < rank; ++k) {
    if (!(g[at(k, k)] > least_pivot * x[at(k, k)])) return false;
    const double root = std::sqrt(g[at(k, k)]);
    g[at(k, k)] = root;
    for (int i = k + 1; i < rank; ++i) g[at(k, i)] /= root;
    for (int i = k + 1; i < rank; ++i) {
      for (int j = i; j < rank; ++j) g[at(i, j)] -= g[at(k, i)] * g[at(k, j)];
    }
  }
  for (double& element : x) element = 0;
  for (int j = rank - 1; j >= 0; --j) {
    x[at(j, j)] = 1 / g[at(j, j)];
    for (int k = j + 1; k < rank; ++k) x[at(j, k)] = -x[at(j, k)] / g[at(j, j)];
    for (int i = 0; i < j; ++i) {
      for (int k = j; k < rank; ++k) x[at(i, k)] += g[at(i, j)] * x[at(j, k)];
    }
  }
  return true;
}

/// What Gram-Schmidt multiplies a matrix with so that no square of it is lost; 1 where its greatest element is 0 or infinite.
constexpr float scale_for_squares(float greatest) {
  constexpr float kMost = 0x1p100F;
  float scale = 1;
  if (!(greatest > 0 && greatest <= std::numeric_limits<float>::max())) return scale;
  while (greatest * scale < 0.5F && scale < kMost) scale *= 2;
  while (greatest * scale >= 1) scale /= 2;
  return scale;
}

}  // namespace syncline::kernels
