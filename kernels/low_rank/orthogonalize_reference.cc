#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/low_rank/cholesky.h"
#include "kernels/low_rank/low_rank.h"
#include "kernels/ordered_sum.h"

namespace syncline::kernels::reference {
namespace {

void gram_schmidt(std::int64_t rows, int rank, float* a) {
  for (int k = 0; k < rank; ++k) {
    const float norm = std::sqrt(lane_sum(rows, [&](std::int64_t i) { return a[i * rank + k] * a[i * rank + k]; }));
    for (std::int64_t i = 0; i < rows && norm != 0; ++i) a[i * rank + k] /= norm;
    for (int other = k + 1; other < rank; ++other) {
      const float dot = lane_sum(rows, [&](std::int64_t i) { return a[i * rank + k] * a[i * rank + other]; });
      for (std::int64_t i = 0; i < rows; ++i) a[i * rank + other] -= dot * a[i * rank + k];
    }
  }
}

double dot(std::int64_t rows, int rank, const float* a, int i, int j) {
  double sum = 0;
  for (std::int64_t begin = 0; begin < rows; begin += kGramRows) {
    double part = 0;
    for (std::int64_t row = begin; row < std::min(rows, begin + kGramRows); ++row) {
      part += static_cast<double>(a[row * rank + i]) * static_cast<double>(a[row * rank + j]);
    }
    sum += part;
  }
  return sum;
}

/// False where it cannot be; then a is as it was.
bool cholesky_qr(std::int64_t rows, int rank, double least_pivot, float* a) {
  const auto side = static_cast<std::size_t>(rank);
  std::vector<double> gram(side * side), inverse(side * side);
  for (int i = 0; i < rank; ++i) {
    for (int j = i; j < rank; ++j)
      gram[static_cast<std::size_t>(i) * side + static_cast<std::size_t>(j)] = dot(rows, rank, a, i, j);
  }
  if (!invert_cholesky(rank, least_pivot, gram, inverse)) return false;
  for (float* row = a; row < a + rows * rank; row += rank) {
    for (int k = rank - 1; k >= 0; --k) {  // column k is made of those up to k
      double sum = 0;
      for (int j = 0; j <= k; ++j) {
        sum += static_cast<double>(row[j]) * inverse[static_cast<std::size_t>(j) * side + static_cast<std::size_t>(k)];
      }
      row[k] = static_cast<float>(sum);
    }
  }
  return true;
}

void make_orthonormal(std::int64_t rows, int rank, float* a) {
  if (rank <= kCholeskyRank && cholesky_qr(rows, rank, kLeastPivot, a) && cholesky_qr(rows, rank, kLeastSecondPivot, a)) return;
  float greatest = 0;
  for (std::int64_t i = 0; i < rows * rank; ++i) greatest = std::max(greatest, std::abs(a[i]));  // of numbers
  for (std::int64_t i = 0; i < rows * rank; ++i) a[i] *= scale_for_squares(greatest);
  for (int run = 0; run < 2; ++run) gram_schmidt(rows, rank, a);
}

}  // namespace

void orthogonalize(const Device&, int count, const LowRankBatch& batch, LowRankFactor factor, Strided<float> a) {
  for (int r = 0; r < count; ++r) {
    for (const LowRankMatrix& matrix : batch.matrices()) {
      if (factor == LowRankFactor::p) {
        make_orthonormal(matrix.shape.rows, matrix.shape.rank, a.of(r) + matrix.p_begin);
      } else {
        make_orthonormal(matrix.shape.cols, matrix.shape.rank, a.of(r) + matrix.q_begin);
      }
    }
  }
}

}  // namespace syncline::kernels::reference
