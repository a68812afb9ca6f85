#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "kernels/blocks.h"
#include "kernels/lanes.h"
#include "kernels/low_rank/low_rank.h"

namespace syncline::kernels::cpu {
namespace {

constexpr std::int64_t kRowBlock = 64;   // rows of a task
constexpr std::int64_t kColBlock = 256;  // columns of a task of low_rank_right
constexpr std::int64_t kAddBlock = 16384;
constexpr int kAtOnce = 4;  // columns of a factor in registers at once

/// A factor [size][rank] by columns, each padded with zeros to whole lanes.
class Columns {
 public:
  Columns(const float* factor, std::int64_t size, int rank)
      : padded_((size + kLanes - 1) / kLanes * kLanes), data_(static_cast<std::size_t>(padded_ * rank)) {
    for (std::int64_t i = 0; i < size; ++i) {
      for (int k = 0; k < rank; ++k) column(k)[i] = factor[i * rank + k];
    }
  }
  void copy_to(float* factor, std::int64_t size, int rank) const {
    for (std::int64_t i = 0; i < size; ++i) {
      for (int k = 0; k < rank; ++k) factor[i * rank + k] = column(k)[i];
    }
  }
  float* column(int k) { return data_.data() + k * padded_; }
  const float* column(int k) const { return data_.data() + k * padded_; }
  std::int64_t padded() const { return padded_; }

 private:
  std::int64_t padded_;
  std::vector<float> data_;
};

/// Calls use(std::integral_constant<int, N>{}, k) for columns k .. k + N - 1, until all of `rank` are done.
template <class Use>
void for_columns_at_once(int rank, const Use& use) {
  int k = 0;
  for (; k + kAtOnce <= rank; k += kAtOnce) use(std::integral_constant<int, kAtOnce>{}, k);
  for (; k < rank; ++k) use(std::integral_constant<int, 1>{}, k);
}

/// p[k .. k + N) = the lane sums of row * (columns k .. k + N) of q.
template <int N>
void dot_row(const float* row, std::int64_t cols, const Columns& q, int k, float* p) {
  std::array<Lanes, N> sums{};
  for (std::int64_t j = 0; j < cols; j += kLanes) {
    const Lanes m = load_up_to<Lanes>(row + j, cols - j);
    for (int c = 0; c < N; ++c) sums[c] += m * load<Lanes>(q.column(k + c) + j);
  }
  for (int c = 0; c < N; ++c) p[k + c] = fold(sums[c]);
}

/// q[j .. j + 16)[k .. k + N) = the sums over the rows of m (at column j) * p; `left` columns there are.
template <int N>
void dot_columns(const MatrixShape& shape, const float* m, const float* p, int k, std::int64_t left, float* q) {
  std::array<Lanes, N> sums{};
  for (std::int64_t i = 0; i < shape.rows; ++i) {
    const Lanes row = load_up_to<Lanes>(m + i * shape.cols, left);
    for (int c = 0; c < N; ++c) sums[c] += row * p[i * shape.rank + k + c];
  }
  for (std::int64_t l = 0; l < std::min<std::int64_t>(kLanes, left); ++l) {
    for (int c = 0; c < N; ++c) q[l * shape.rank + k + c] = sums[c][l];
  }
}

/// use(r, i, j, elements (i, j .. j + 16) of p q^T) for all i and every 16th j.
template <class Use>
void for_each_product(const Device& device, int count, const MatrixShape& shape, Strided<const float> p, Strided<const float> q,
                      const Use& use) {
  for_each_row_and_block(device, count, blocks_of(shape.rows, kRowBlock), [&](int r, std::int64_t block) {
    const Columns right(q.of(r), shape.cols, shape.rank);
    const std::int64_t end = std::min(shape.rows, (block + 1) * kRowBlock);
    for (std::int64_t i = block * kRowBlock; i < end; ++i) {
      const float* left = p.of(r) + i * shape.rank;
      for (std::int64_t j = 0; j < shape.cols; j += kLanes) {
        Lanes sum{};
        for (int k = 0; k < shape.rank; ++k) sum += left[k] * load<Lanes>(right.column(k) + j);
        use(r, i, j, sum);
      }
    }
  });
}

float dot(const float* a, const float* b, std::int64_t padded) {
  Lanes sum{};
  for (std::int64_t i = 0; i < padded; i += kLanes) sum += load<Lanes>(a + i) * load<Lanes>(b + i);
  return fold(sum);
}

void gram_schmidt(Columns& a, int rank) {
  for (int k = 0; k < rank; ++k) {
    float* column = a.column(k);
    const float norm = std::sqrt(dot(column, column, a.padded())) + kOrthogonalizeEpsilon;
    for (std::int64_t i = 0; i < a.padded(); ++i) column[i] /= norm;
    for (int other = k + 1; other < rank; ++other) {
      float* rest = a.column(other);
      const float common = dot(column, rest, a.padded());
      for (std::int64_t i = 0; i < a.padded(); ++i) rest[i] -= common * column[i];
    }
  }
}

}  // namespace

void low_rank_left(const Device& device, int count, const MatrixShape& shape, Strided<const float> m, Strided<const float> q,
                   Strided<float> p) {
  for_each_row_and_block(device, count, blocks_of(shape.rows, kRowBlock), [&](int r, std::int64_t block) {
    const Columns right(q.of(r), shape.cols, shape.rank);
    const std::int64_t end = std::min(shape.rows, (block + 1) * kRowBlock);
    for (std::int64_t i = block * kRowBlock; i < end; ++i) {
      for_columns_at_once(shape.rank, [&](auto n, int k) {
        dot_row<n()>(m.of(r) + i * shape.cols, shape.cols, right, k, p.of(r) + i * shape.rank);
      });
    }
  });
}

void low_rank_right(const Device& device, int count, const MatrixShape& shape, Strided<const float> m, Strided<const float> p,
                    Strided<float> q) {
  for_each_row_and_block(device, count, blocks_of(shape.cols, kColBlock), [&](int r, std::int64_t block) {
    const std::int64_t end = std::min(shape.cols, (block + 1) * kColBlock);
    for (std::int64_t j = block * kColBlock; j < end; j += kLanes) {
      for_columns_at_once(shape.rank, [&](auto n, int k) {
        dot_columns<n()>(shape, m.of(r) + j, p.of(r), k, shape.cols - j, q.of(r) + j * shape.rank);
      });
    }
  });
}

void low_rank_product(const Device& device, int count, const MatrixShape& shape, Strided<const float> p, Strided<const float> q,
                      Strided<float> out) {
  for_each_product(device, count, shape, p, q, [&](int r, std::int64_t i, std::int64_t j, const Lanes& product) {
    store_up_to(out.of(r) + i * shape.cols + j, product, shape.cols - j);
  });
}

void low_rank_error(const Device& device, int count, const MatrixShape& shape, Strided<const float> m, Strided<const float> p,
                    Strided<const float> q, Strided<float> e) {
  for_each_product(device, count, shape, p, q, [&](int r, std::int64_t i, std::int64_t j, const Lanes& product) {
    const std::int64_t at = i * shape.cols + j;
    store_up_to(e.of(r) + at, load_up_to<Lanes>(m.of(r) + at, shape.cols - j) - product, shape.cols - j);
  });
}

void add(const Device& device, int count, std::int64_t n, Strided<const float> a, Strided<const float> b, Strided<float> out) {
  for_each_row_and_block(device, count, blocks_of(n, kAddBlock), [&](int r, std::int64_t block) {
    const std::int64_t end = std::min(n, (block + 1) * kAddBlock);
    const float* left = a.of(r);
    const float* right = b.of(r);
    float* sum = out.of(r);
    for (std::int64_t i = block * kAddBlock; i < end; ++i) sum[i] = left[i] + right[i];
  });
}

void orthogonalize(const Device& device, int count, std::int64_t rows, int rank, Strided<float> a) {
  parallel_for(device, count, [&](std::int64_t r) {
    Columns columns(a.of(r), rows, rank);
    for (int run = 0; run < 2; ++run) gram_schmidt(columns, rank);
    columns.copy_to(a.of(r), rows, rank);
  });
}

}  // namespace syncline::kernels::cpu
