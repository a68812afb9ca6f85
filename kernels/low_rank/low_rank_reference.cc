#include <cmath>

#include "kernels/low_rank/low_rank.h"
#include "kernels/ordered_sum.h"

namespace syncline::kernels::reference {
namespace {

/// Element (i, j) of p q^T.
float product_element(const float* p, const float* q, int rank, std::int64_t i, std::int64_t j) {
  float sum = 0;
  for (int k = 0; k < rank; ++k) sum += p[i * rank + k] * q[j * rank + k];
  return sum;
}

void gram_schmidt(std::int64_t rows, int rank, float* a) {
  for (int k = 0; k < rank; ++k) {
    const float norm = std::sqrt(lane_sum(rows, [&](std::int64_t i) { return a[i * rank + k] * a[i * rank + k]; }));
    for (std::int64_t i = 0; i < rows; ++i) a[i * rank + k] /= norm + kOrthogonalizeEpsilon;
    for (int other = k + 1; other < rank; ++other) {
      const float dot = lane_sum(rows, [&](std::int64_t i) { return a[i * rank + k] * a[i * rank + other]; });
      for (std::int64_t i = 0; i < rows; ++i) a[i * rank + other] -= dot * a[i * rank + k];
    }
  }
}

}  // namespace

void low_rank_left(const Device&, int count, const MatrixShape& shape, Strided<const float> m, Strided<const float> q,
                   Strided<float> p) {
  for (int r = 0; r < count; ++r) {
    const float* right = q.of(r);
    for (std::int64_t i = 0; i < shape.rows; ++i) {
      const float* row = m.of(r) + i * shape.cols;
      for (int k = 0; k < shape.rank; ++k) {
        p.of(r)[i * shape.rank + k] = lane_sum(shape.cols, [&](std::int64_t j) { return row[j] * right[j * shape.rank + k]; });
      }
    }
  }
}

void low_rank_right(const Device&, int count, const MatrixShape& shape, Strided<const float> m, Strided<const float> p,
                    Strided<float> q) {
  for (int r = 0; r < count; ++r) {
    for (std::int64_t j = 0; j < shape.cols; ++j) {
      for (int k = 0; k < shape.rank; ++k) {
        float sum = 0;
        for (std::int64_t i = 0; i < shape.rows; ++i) {
          sum += m.of(r)[i * shape.cols + j] * p.of(r)[i * shape.rank + k];
        }
        q.of(r)[j * shape.rank + k] = sum;
      }
    }
  }
}

void low_rank_product(const Device&, int count, const MatrixShape& shape, Strided<const float> p, Strided<const float> q,
                      Strided<float> out) {
  for (int r = 0; r < count; ++r) {
    for (std::int64_t i = 0; i < shape.rows; ++i) {
      for (std::int64_t j = 0; j < shape.cols; ++j) {
        out.of(r)[i * shape.cols + j] = product_element(p.of(r), q.of(r), shape.rank, i, j);
      }
    }
  }
}

void low_rank_error(const Device&, int count, const MatrixShape& shape, Strided<const float> m, Strided<const float> p,
                    Strided<const float> q, Strided<float> e) {
  for (int r = 0; r < count; ++r) {
    for (std::int64_t i = 0; i < shape.rows; ++i) {
      for (std::int64_t j = 0; j < shape.cols; ++j) {
        e.of(r)[i * shape.cols + j] = m.of(r)[i * shape.cols + j] - product_element(p.of(r), q.of(r), shape.rank, i, j);
      }
    }
  }
}

void add(const Device&, int count, std::int64_t n, Strided<const float> a, Strided<const float> b, Strided<float> out) {
  for (int r = 0; r < count; ++r) {
    for (std::int64_t i = 0; i < n; ++i) {
      out.of(r)[i] = a.of(r)[i] + b.of(r)[i];
    }
  }
}

void orthogonalize(const Device&, int count, std::int64_t rows, int rank, Strided<float> a) {
  for (int r = 0; r < count; ++r) {
    for (int run = 0; run < 2; ++run) gram_schmidt(rows, rank, a.of(r));
  }
}

}  // namespace syncline::kernels::reference
