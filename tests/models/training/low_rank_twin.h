// Power-SGD and ACP-SGD of one matrix in double precision, as their papers write them.
//
// Both start from random numbers that are the program's own business. Only the space that the start spans matters: turning the
// factors' columns among themselves leaves P Q^T as it is. And that space is seen in the program's first result, so a twin takes
// its start from there: the columns of Power-SGD's first P Q^T span those of P, the rows of ACP-SGD's those of Q.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace syncline::models::twin {

struct Matrix {
  std::size_t rows = 0, cols = 0;
  std::vector<double> data = std::vector<double>(rows * cols);
  double& operator()(std::size_t i, std::size_t j) { return data[i * cols + j]; }
  double operator()(std::size_t i, std::size_t j) const { return data[i * cols + j]; }
};

inline Matrix transposed(const Matrix& a) {
  Matrix t{a.cols, a.rows};
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = 0; j < a.cols; ++j) t(j, i) = a(i, j);
  }
  return t;
}

inline Matrix operator*(const Matrix& a, const Matrix& b) {
  Matrix product{a.rows, b.cols};
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = 0; j < b.cols; ++j) {
      for (std::size_t k = 0; k < a.cols; ++k) product(i, j) += a(i, k) * b(k, j);
    }
  }
  return product;
}

/// a + factor * b
inline Matrix sum(Matrix a, const Matrix& b, double factor = 1) {
  for (std::size_t i = 0; i < a.data.size(); ++i) a.data[i] += factor * b.data[i];
  return a;
}

inline Matrix mean(const std::vector<Matrix>& all) {
  Matrix total{all[0].rows, all[0].cols};
  for (const Matrix& a : all) total = sum(total, a, 1.0 / static_cast<double>(all.size()));
  return total;
}

/// An orthonormal basis of `count` columns of a, the longest remainder first: Gram-Schmidt with pivots.
inline Matrix basis_of_columns(Matrix a, std::size_t count) {
  Matrix basis{a.rows, count};
  for (std::size_t k = 0; k < count; ++k) {
    const Matrix gram = transposed(a) * a;
    std::size_t longest = 0;
    for (std::size_t j = 1; j < a.cols; ++j) longest = gram(j, j) > gram(longest, longest) ? j : longest;
    Matrix column{a.rows, 1};
    for (std::size_t i = 0; i < a.rows; ++i) column(i, 0) = basis(i, k) = a(i, longest) / std::sqrt(gram(longest, longest));
    a = sum(a, column * (transposed(column) * a), -1);
  }
  return basis;
}

inline Matrix orthonormal(const Matrix& a) { return basis_of_columns(a, a.cols); }

/// Vogels et al. 2019, algorithms 1 and 2.
class PowerSgd {
 public:
  PowerSgd(std::size_t rank, const Matrix& first_result) : first_p_(basis_of_columns(first_result, rank)) {}

  Matrix step(const std::vector<Matrix>& gradients) {
    std::vector<Matrix> m, mq, mp;
    for (std::size_t r = 0; r < gradients.size(); ++r) m.push_back(error_.empty() ? gradients[r] : sum(gradients[r], error_[r]));
    for (const Matrix& mine : m) mq.push_back(error_.empty() ? first_p_ : mine * q_);
    const Matrix p = orthonormal(mean(mq));
    for (const Matrix& mine : m) mp.push_back(transposed(mine) * p);
    q_ = mean(mp);
    const Matrix result = p * transposed(q_);
    error_.clear();
    for (const Matrix& mine : m) error_.push_back(sum(mine, result, -1));
    return result;
  }

 private:
  Matrix first_p_, q_;
  std::vector<Matrix> error_;  // [worker]
};

/// Zhang et al. 2023, algorithm 1: P in odd steps, Q in even ones, the first being odd.
class AcpSgd {
 public:
  AcpSgd(std::size_t rank, const Matrix& first_result) : other_(basis_of_columns(transposed(first_result), rank)) {}

  Matrix step(const std::vector<Matrix>& gradients) {
    const bool odd = ++steps_ % 2 == 1;
    other_ = orthonormal(other_);
    std::vector<Matrix> factors;
    for (std::size_t r = 0; r < gradients.size(); ++r) {
      Matrix m = odd ? gradients[r] : transposed(gradients[r]);  // an even step is an odd one of the transposed matrices
      if (steps_ > 1) m = sum(m, transposed(error_[r]));
      factors.push_back(m * other_);
      error_.resize(gradients.size());
      error_[r] = sum(m, factors.back() * transposed(other_), -1);
    }
    const Matrix factor = mean(factors);
    const Matrix result = factor * transposed(other_);
    other_ = factor;
    return odd ? result : transposed(result);
  }

 private:
  int steps_ = 0;
  Matrix other_;               // the factor of the step before
  std::vector<Matrix> error_;  // [worker], turned as the last step had it
};

}  // namespace syncline::models::twin
