#include "kernels/low_rank/low_rank.h"
#include "kernels/ordered_sum.h"

namespace syncline::kernels::reference {
namespace {

template <class Use>
void for_each_matrix(int count, const LowRankBatch& batch, const Use& use) {
  for (int r = 0; r < count; ++r) {
    for (const LowRankMatrix& matrix : batch.matrices()) use(r, matrix);
  }
}

/// Element (i, j) of p q^T of a matrix, its factors in a rank's p and q.
float product_element(const LowRankMatrix& matrix, const float* p, const float* q, std::int64_t i, std::int64_t j) {
  const int rank = matrix.shape.rank;
  const float* left = p + matrix.p_begin + i * rank;
  const float* right = q + matrix.q_begin + j * rank;
  float sum = 0;
  for (int k = 0; k < rank; ++k) sum += left[k] * right[k];
  return sum;
}

}  // namespace

void low_rank_left(const Device&, int count, const LowRankBatch& batch, Strided<const float> m, Strided<const float> q,
                   Strided<float> p) {
  for_each_matrix(count, batch, [&](int r, const LowRankMatrix& matrix) {
    const auto [rows, cols, rank] = matrix.shape;
    const float* right = q.of(r) + matrix.q_begin;
    for (std::int64_t i = 0; i < rows; ++i) {
      const float* row = m.of(r) + matrix.m_begin + i * cols;
      float* left = p.of(r) + matrix.p_begin + i * rank;
      for (int k = 0; k < rank; ++k) {
        left[k] = lane_sum(cols, [&, rank = rank](std::int64_t j) { return row[j] * right[j * rank + k]; });
      }
    }
  });
}

void low_rank_right(const Device&, int count, const LowRankBatch& batch, Strided<const float> m, Strided<const float> p,
                    Strided<float> q) {
  for_each_matrix(count, batch, [&](int r, const LowRankMatrix& matrix) {
    const auto [rows, cols, rank] = matrix.shape;
    const float* from = m.of(r) + matrix.m_begin;
    const float* left = p.of(r) + matrix.p_begin;
    float* right = q.of(r) + matrix.q_begin;
    for (std::int64_t j = 0; j < cols; ++j) {
      for (int k = 0; k < rank; ++k) {
        float sum = 0;
        for (std::int64_t i = 0; i < rows; ++i) sum += from[i * cols + j] * left[i * rank + k];
        right[j * rank + k] = sum;
      }
    }
  });
}

void low_rank_product(const Device&, int count, const LowRankBatch& batch, Strided<const float> p, Strided<const float> q,
                      Strided<float> out) {
  for_each_matrix(count, batch, [&](int r, const LowRankMatrix& matrix) {
    float* to = out.of(r) + matrix.m_begin;
    for (std::int64_t i = 0; i < matrix.shape.rows; ++i) {
      for (std::int64_t j = 0; j < matrix.shape.cols; ++j) *to++ = product_element(matrix, p.of(r), q.of(r), i, j);
    }
  });
}

void low_rank_error(const Device&, int count, const LowRankBatch& batch, Strided<const float> m, Strided<const float> p,
                    Strided<const float> q, Strided<float> e) {
  for_each_matrix(count, batch, [&](int r, const LowRankMatrix& matrix) {
    const float* from = m.of(r) + matrix.m_begin;
    float* to = e.of(r) + matrix.m_begin;
    for (std::int64_t i = 0; i < matrix.shape.rows; ++i) {
      for (std::int64_t j = 0; j < matrix.shape.cols; ++j) *to++ = *from++ - product_element(matrix, p.of(r), q.of(r), i, j);
    }
  });
}

}  // namespace syncline::kernels::reference
