// Low-rank compression's arithmetic (Vogels et al., PowerSGD, NeurIPS 2019, algorithm 1; Zhang et al., ACP-SGD, ICDCS 2023):
// a gradient matrix M [rows][cols] is approximated by P Q^T, with P [rows][rank] and Q [cols][rank], all row-major.
//
// Every function works on `count` matrices, one per rank; an input of stride 0 is shared by all. Products and sums are
// rounded one by one (no fused multiply-add), in an order that each function states, so that all backends give the same bits.
#pragma once

#include <cstdint>

#include "kernels/cost.h"
#include "kernels/device.h"

namespace syncline::kernels {

struct MatrixShape {
  std::int64_t rows, cols;
  int rank;
};

/// On the wire, per rank: P, or Q.
constexpr std::int64_t low_rank_left_payload_bytes(const MatrixShape& shape) { return 4 * shape.rows * shape.rank; }
constexpr std::int64_t low_rank_right_payload_bytes(const MatrixShape& shape) { return 4 * shape.cols * shape.rank; }

/// p = m q. Each element is a sum over the columns in lane_sum's order (kernels/ordered_sum.h).
void low_rank_left(const Device& device, int count, const MatrixShape& shape, Strided<const float> m, Strided<const float> q,
                   Strided<float> p);

/// q = m^T p. Each element is a sum over the rows in their order.
void low_rank_right(const Device& device, int count, const MatrixShape& shape, Strided<const float> m, Strided<const float> p,
                    Strided<float> q);

/// out [rows][cols] = p q^T. Each element is a sum over the rank in its order.
void low_rank_product(const Device& device, int count, const MatrixShape& shape, Strided<const float> p, Strided<const float> q,
                      Strided<float> out);

/// e [rows][cols] = m - p q^T, with the product as low_rank_product gives it; e may be m.
void low_rank_error(const Device& device, int count, const MatrixShape& shape, Strided<const float> m, Strided<const float> p,
                    Strided<const float> q, Strided<float> e);

/// out [count][n] = a + b; out may be a or b.
void add(const Device& device, int count, std::int64_t n, Strided<const float> a, Strided<const float> b, Strided<float> out);

/// What Vogels' code adds to a norm before it divides by it.
inline constexpr float kOrthogonalizeEpsilon = 1e-8F;

/// Makes the columns of each a [rows][rank] orthonormal by modified Gram-Schmidt, from the left, run twice: after the second
/// run they are orthogonal to float accuracy, however ill-conditioned a was (Giraud et al., The loss of orthogonality in the
/// Gram-Schmidt process, 2005). As in Vogels' code a column is divided by its norm + kOrthogonalizeEpsilon: one that is zero
/// stays zero. A column that depends on those before it becomes the direction of its rounding error, orthonormal to them too,
/// where rank <= rows. Sums over the rows are in lane_sum's order.
void orthogonalize(const Device& device, int count, std::int64_t rows, int rank, Strided<float> a);

namespace detail {
constexpr KernelCost low_rank_cost(const MatrixShape& s, int matrices_moved) {
  const std::int64_t factors = (s.rows + s.cols) * s.rank;
  return kernel_cost(2 * s.rows * s.cols * s.rank, 4 * (matrices_moved * s.rows * s.cols + factors), 1);
}
}  // namespace detail

/// Multiplications and additions; M read or written once (the error: both), the factors once.
constexpr KernelCost low_rank_left_cost(const MatrixShape& shape) { return detail::low_rank_cost(shape, 1); }
constexpr KernelCost low_rank_right_cost(const MatrixShape& shape) { return detail::low_rank_cost(shape, 1); }
constexpr KernelCost low_rank_product_cost(const MatrixShape& shape) { return detail::low_rank_cost(shape, 1); }
constexpr KernelCost low_rank_error_cost(const MatrixShape& shape) {
  return detail::low_rank_cost(shape, 2) + kernel_cost(shape.rows * shape.cols, 0, 0);
}
constexpr KernelCost add_cost(std::int64_t n) { return kernel_cost(n, 12 * n, 1); }

/// Two runs in one launch; of each run, per column a norm and a scaling, per pair a dot product and a subtraction. The columns
/// are read and written once and stay on the chip between.
constexpr KernelCost orthogonalize_cost(std::int64_t rows, int rank) {
  return kernel_cost(2 * rows * (3 * rank + 2 * rank * (rank - 1)), 8 * rows * rank, 1);
}

namespace reference {
decltype(kernels::low_rank_left) low_rank_left;
decltype(kernels::low_rank_right) low_rank_right;
decltype(kernels::low_rank_product) low_rank_product;
decltype(kernels::low_rank_error) low_rank_error;
decltype(kernels::add) add;
decltype(kernels::orthogonalize) orthogonalize;
}  // namespace reference

namespace cpu {
decltype(kernels::low_rank_left) low_rank_left;
decltype(kernels::low_rank_right) low_rank_right;
decltype(kernels::low_rank_product) low_rank_product;
decltype(kernels::low_rank_error) low_rank_error;
decltype(kernels::add) add;
decltype(kernels::orthogonalize) orthogonalize;
}  // namespace cpu

}  // namespace syncline::kernels
