#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "kernels/lanes.h"
#include "kernels/low_rank/cholesky.h"
#include "kernels/low_rank/columns_cpu.h"
#include "kernels/low_rank/low_rank.h"

namespace syncline::kernels::cpu {
namespace {

float dot(const float* a, const float* b, std::int64_t padded) {
  Lanes sum{};
  for (std::int64_t i = 0; i < padded; i += kLanes) sum += load<Lanes>(a + i) * load<Lanes>(b + i);
  return fold(sum);
}

void gram_schmidt(Columns& a, int rank) {
  for (int k = 0; k < rank; ++k) {
    float* column = a.column(k);
    const float norm = std::sqrt(dot(column, column, a.padded()));
    for (std::int64_t i = 0; i < a.padded() && norm != 0; ++i) column[i] /= norm;
    for (int other = k + 1; other < rank; ++other) {
      float* rest = a.column(other);
      const float common = dot(column, rest, a.padded());
      for (std::int64_t i = 0; i < a.padded(); ++i) rest[i] -= common * column[i];
    }
  }
}

/// A matrix of doubles, of up to kCholeskyRank columns; rows are padded with zeros to whole vectors, so that loops along them are
/// vectors, too.
class Doubles {
 public:
  static constexpr int kAligned = 8;
  static int padded(int columns) { return (columns + kAligned - 1) / kAligned * kAligned; }
  Doubles(std::int64_t rows, int columns) : width_(padded(columns)), data_(static_cast<std::size_t>(rows * width_)) {}
  double* row(std::int64_t i) { return data_.data() + i * width_; }
  const double* row(std::int64_t i) const { return data_.data() + i * width_; }
  int width() const { return width_; }
  std::vector<double>& data() { return data_; }

 private:
  int width_;
  std::vector<double> data_;
};

using Row = std::array<double, kCholeskyRank>;

/// to[begin, width) += x * from[begin, width); begin: whole vectors.
void add_scaled(double* __restrict to, double x, const double* __restrict from, int begin, int width) {
  for (int k = begin; k < width; ++k) to[k] += x * from[k];
}
int vector_of(int column) { return column / Doubles::kAligned * Doubles::kAligned; }

/// The upper half of a^T a, and of its lower half what whole vectors have.
Doubles gram_of(std::int64_t rows, int rank, const float* a) {
  Doubles gram(rank, rank), part(rank, rank);
  Row numbers{};
  for (std::int64_t begin = 0; begin < rows; begin += kGramRows) {
    const std::int64_t size = std::min(kGramRows, rows - begin);
    std::ranges::fill(part.data(), 0.0);
    for (std::int64_t row = 0; row < size; ++row) {
      std::copy_n(a + (begin + row) * rank, rank, numbers.data());
      for (int i = 0; i < rank; ++i) {
        add_scaled(part.row(i), numbers[static_cast<std::size_t>(i)], numbers.data(), vector_of(i), part.width());
      }
    }
    std::ranges::transform(gram.data(), part.data(), gram.data().begin(), std::plus());
  }
  return gram;
}

/// a = a inverse, an upper triangle.
void multiply_by(const Doubles& inverse, std::int64_t rows, int rank, float* a) {
  for (float* row = a; row < a + rows * rank; row += rank) {
    Row sums{};
    for (int j = 0; j < rank; ++j) add_scaled(sums.data(), row[j], inverse.row(j), vector_of(j), inverse.width());
    std::copy_n(sums.data(), rank, row);
  }
}

/// False where it cannot be; then a is as it was.
bool cholesky_qr(std::int64_t rows, int rank, double least_pivot, float* a) {
  const Doubles gram = gram_of(rows, rank, a);
  std::vector<double> square, inverse(static_cast<std::size_t>(rank * rank));
  for (int i = 0; i < rank; ++i) square.insert(square.end(), gram.row(i), gram.row(i) + rank);
  if (!invert_cholesky(rank, least_pivot, square, inverse)) return false;
  Doubles padded(rank, rank);
  for (int i = 0; i < rank; ++i) std::copy_n(inverse.begin() + i * rank, rank, padded.row(i));
  multiply_by(padded, rows, rank, a);
  return true;
}

void make_orthonormal(std::int64_t rows, int rank, float* a) {
  if (rank <= kCholeskyRank && cholesky_qr(rows, rank, kLeastPivot, a) && cholesky_qr(rows, rank, kLeastSecondPivot, a)) return;
  float greatest = 0;
  for (const float* x = a; x < a + rows * rank; ++x) greatest = std::max(greatest, std::abs(*x));  // of numbers
  const float scale = scale_for_squares(greatest);
  for (float* x = a; x < a + rows * rank; ++x) *x *= scale;
  Columns columns(a, rows, rank);
  for (int run = 0; run < 2; ++run) gram_schmidt(columns, rank);
  columns.copy_to(a, rows, rank);
}

}  // namespace

void orthogonalize(const Device& device, int count, const LowRankBatch& batch, LowRankFactor factor, Strided<float> a) {
  const auto matrices = static_cast<std::int64_t>(batch.matrices().size());
  parallel_for(device, count * matrices, [&](std::int64_t task) {
    const LowRankMatrix& matrix = batch.matrices()[static_cast<std::size_t>(task % matrices)];
    const bool is_p = factor == LowRankFactor::p;
    make_orthonormal(is_p ? matrix.shape.rows : matrix.shape.cols, matrix.shape.rank,
                     a.of(task / matrices) + (is_p ? matrix.p_begin : matrix.q_begin));
  });
}

}  // namespace syncline::kernels::cpu
