// Low-rank compression's arithmetic (Vogels et al., PowerSGD, NeurIPS 2019, algorithm 1; Zhang et al., ACP-SGD, ICDCS 2023):
// a gradient matrix M [rows][cols] is approximated by P Q^T, with P [rows][rank] and Q [cols][rank], all row-major.
//
// Every function works on all matrices of a batch, for `count` ranks, at once; an input of stride 0 is shared by all ranks.
// Products and sums are rounded one by one (no fused multiply-add), in an order that each function states, so that all backends
// give the same bits.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/cost.h"
#include "kernels/device.h"

namespace syncline::kernels {

struct MatrixShape {
  std::int64_t rows, cols;
  int rank;
};

/// A matrix of a batch: where it begins in a rank's array of all M, and its factors in those of all P and all Q.
struct LowRankMatrix {
  MatrixShape shape{};
  std::int64_t m_begin = 0, p_begin = 0, q_begin = 0;
};

/// A part of a matrix: what one block of threads takes.
struct LowRankTile {
  std::int64_t row = 0, col = 0;  // the first
  std::int32_t matrix = 0;        // of the batch
};

/// Matrices that are worked on together, step for step. On a GPU also the tables of them that its kernels go by, made once.
class LowRankBatch {
 public:
  LowRankBatch(const Device& device, std::vector<LowRankMatrix> matrices);
  std::span<const LowRankMatrix> matrices() const { return matrices_; }

  static constexpr std::int64_t kTileRows = 32;     // of a tile of whole rows
  static constexpr std::int64_t kTileColumns = 64;  // of a tile of whole columns
  static constexpr std::int64_t kTileSide = 64;     // of the others
  /// Blocks of kGramRows rows of one of the factors.
  struct FactorBlocks {
    FactorBlocks(const Device& device, std::span<const LowRankMatrix> of, std::int64_t MatrixShape::*rows);
    Buffer<LowRankTile> blocks;
    Buffer<std::int64_t> firsts;  // [matrix] its first block
  };
  /// In the device's memory, and empty but on CUDA.
  struct Tables {
    explicit Tables(const Device& device, std::span<const LowRankMatrix> of);
    Buffer<LowRankMatrix> matrices;
    Buffer<LowRankTile> rows, columns, squares;
    FactorBlocks of_p, of_q;
  };
  const Tables& tables() const { return tables_; }

 private:
  std::vector<LowRankMatrix> matrices_;
  Tables tables_;
};

/// One of the two factors of every matrix.
enum class LowRankFactor { p, q };

/// On the wire, per rank: P, or Q.
constexpr std::int64_t low_rank_left_payload_bytes(const MatrixShape& shape) { return 4 * shape.rows * shape.rank; }
constexpr std::int64_t low_rank_right_payload_bytes(const MatrixShape& shape) { return 4 * shape.cols * shape.rank; }

/// p = m q. Each element is a sum over the columns in lane_sum's order (kernels/ordered_sum.h).
void low_rank_left(const Device& device, int count, const LowRankBatch& batch, Strided<const float> m, Strided<const float> q,
                   Strided<float> p);

/// q = m^T p. Each element is a sum over the rows in their order.
void low_rank_right(const Device& device, int count, const LowRankBatch& batch, Strided<const float> m, Strided<const float> p,
                    Strided<float> q);

/// out [rows][cols] = p q^T. Each element is a sum over the rank in its order.
void low_rank_product(const Device& device, int count, const LowRankBatch& batch, Strided<const float> p, Strided<const float> q,
                      Strided<float> out);

/// e [rows][cols] = m - p q^T, with the product as low_rank_product gives it; e may be m.
void low_rank_error(const Device& device, int count, const LowRankBatch& batch, Strided<const float> m, Strided<const float> p,
                    Strided<const float> q, Strided<float> e);

/// Of Cholesky-QR: the greatest rank, how many rows' products are summed together, and the least share of a column's square that
/// the columns before it may leave, the first time (it must be told from roundings of 2^-53) and the second (all are nearly 1).
inline constexpr int kCholeskyRank = 64;
inline constexpr std::int64_t kGramRows = 128;
inline constexpr double kLeastPivot = 0x1p-40, kLeastSecondPivot = 0.5;

/// Makes the columns of one factor of each matrix, all of which lie in `a`, orthonormal, from the left, to float accuracy: A = Q R
/// with a positive diagonal. By Cholesky-QR, run twice (Fukaya et al., CholeskyQR2, ScalA 2014), with all but A in double
/// (Yamazaki, Tomov, Dongarra, Mixed-precision Cholesky QR factorization, SIAM J. Sci. Comput. 37, 2015): G = A^T A, whose
/// elements are sums over the rows in blocks of kGramRows, then over the blocks, in their order; R^T R = G and R^-1 as
/// kernels/low_rank/cholesky.h has them; A R^-1, each element a sum in the order of the rank, rounded once.
/// Where that cannot be (columns that depend on each other, or nearly so; no numbers; a rank above kCholeskyRank) by modified
/// Gram-Schmidt, run twice, however ill-conditioned a was (Giraud et al., The loss of orthogonality in the Gram-Schmidt process,
/// 2005), of A times a power of two that takes its greatest element between 1/2 and 1. There a column of norm 0 stays as it is; one
/// that depends on those before it becomes the direction of its rounding error, orthonormal to them too, where rank <= rows, and
/// where it is not so short beside the greatest element that its squares are lost; sums over the rows are in lane_sum's order.
void orthogonalize(const Device& device, int count, const LowRankBatch& batch, LowRankFactor factor, Strided<float> a);

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

/// Two runs of Gram-Schmidt, of which Cholesky-QR's differ by 2 rank operations a row: per column a norm and a scaling, per pair a
/// dot product and a subtraction. In one launch, with the columns read and written once and on the chip between.
constexpr KernelCost orthogonalize_cost(std::int64_t rows, int rank) {
  return kernel_cost(2 * rows * (3 * rank + 2 * rank * (rank - 1)), 8 * rows * rank, 1);
}

namespace reference {
decltype(kernels::low_rank_left) low_rank_left;
decltype(kernels::low_rank_right) low_rank_right;
decltype(kernels::low_rank_product) low_rank_product;
decltype(kernels::low_rank_error) low_rank_error;
decltype(kernels::orthogonalize) orthogonalize;
}  // namespace reference

namespace cpu {
decltype(kernels::low_rank_left) low_rank_left;
decltype(kernels::low_rank_right) low_rank_right;
decltype(kernels::low_rank_product) low_rank_product;
decltype(kernels::low_rank_error) low_rank_error;
decltype(kernels::orthogonalize) orthogonalize;
}  // namespace cpu

namespace cuda {
decltype(kernels::low_rank_left) low_rank_left;
decltype(kernels::low_rank_right) low_rank_right;
decltype(kernels::low_rank_product) low_rank_product;
decltype(kernels::low_rank_error) low_rank_error;
decltype(kernels::orthogonalize) orthogonalize;
}  // namespace cuda

}  // namespace syncline::kernels
