// Cholesky-QR of all matrices at once: blocks of threads take blocks of rows, to multiply columns with each other and then with the
// inverse of R, and one block for each matrix does the small part between. What that can't do is left to Gram-Schmidt.
#include <algorithm>
#include <memory>

#include "kernels/device_cuda.h"
#include "kernels/low_rank/cholesky.h"
#include "kernels/low_rank/gram_schmidt.cuh"
#include "kernels/low_rank/low_rank.h"

namespace syncline::kernels::cuda {
namespace {

constexpr int kRows = static_cast<int>(kGramRows), kSide = kCholeskyRank, kAtOnce = 4;

/// One factor of every matrix, for every rank of the cluster, and what is made of it on the way.
struct FactorBatch {
  const LowRankMatrix* matrices;
  const LowRankTile* blocks;
  const std::int64_t* firsts;
  std::int64_t matrix_count, block_count;
  LowRankFactor factor;
  Strided<float> a;
  int side;          // the greatest rank, or kSide: of the squares below
  double* products;  // [rank of the cluster][block][side * side] the upper half, row by row of the matrix's rank
  double* inverses;  // [rank of the cluster][matrix][side * side] R^-1 likewise
  int* left_over;    // [rank of the cluster][matrix] not 0: for Gram-Schmidt

  __device__ std::int64_t rows(const LowRankMatrix& m) const { return factor == LowRankFactor::p ? m.shape.rows : m.shape.cols; }
  __device__ float* of(std::int64_t r, const LowRankMatrix& m) const {
    return a.data + r * a.stride + (factor == LowRankFactor::p ? m.p_begin : m.q_begin);
  }
  __device__ double* product(std::int64_t r, std::int64_t block) const {
    return products + (r * block_count + block) * side * side;
  }
  __device__ double* inverse(std::int64_t r, std::int64_t m) const { return inverses + (r * matrix_count + m) * side * side; }
  __device__ int& left(std::int64_t r, std::int64_t m) const { return left_over[r * matrix_count + m]; }
};

/// The products of a block's rows. A thread has one column, times four.
__global__ void multiply_pairs(int count, FactorBatch f, bool again) {
  alignas(16) __shared__ float elements[kRows][kSide];
  const LowRankTile block = f.blocks[blockIdx.x];
  const LowRankMatrix matrix = f.matrices[block.matrix];
  const int rank = matrix.shape.rank, width = (rank + kAtOnce - 1) / kAtOnce * kAtOnce;
  if (rank > kSide) return;
  const int size = static_cast<int>(min(f.rows(matrix) - block.row, std::int64_t{kRows}));
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    if (again && f.left(r, block.matrix) != 0) continue;
    __syncthreads();  // nobody reads the last rank's any more
    const float* const from = f.of(r, matrix) + block.row * rank;
    for (int t = static_cast<int>(threadIdx.x); t < size * width; t += kThreads) {
      const int row = t / width, k = t % width;
      elements[row][k] = k < rank ? from[row * rank + k] : 0.0F;
    }
    __syncthreads();
    double* const to = f.product(r, blockIdx.x);
    for (int t = static_cast<int>(threadIdx.x); t < width / kAtOnce * rank; t += kThreads) {
      const int first = t / rank * kAtOnce, j = t % rank;
      if (j < first) continue;  // of the lower half
      double sums[kAtOnce] = {};
#pragma unroll 4
      for (int row = 0; row < size; ++row) {
        const float4 left = *reinterpret_cast<const float4*>(&elements[row][first]);
        const double right = elements[row][j];
        sums[0] += left.x * right;
        sums[1] += left.y * right;
        sums[2] += left.z * right;
        sums[3] += left.w * right;
      }
      for (int c = 0; c < kAtOnce; ++c) {
        if (first + c <= j) to[(first + c) * rank + j] = sums[c];
      }
    }
  }
}

/// A matrix of doubles on the chip; rows are apart so that threads along a column meet in few banks.
using Square = double[kSide][kSide + 1];

/// R in the upper half of g, as invert_cholesky() makes it; false where it can't be. All threads of the block come here.
__device__ bool factorize(int rank, double least_pivot, Square& g, double (&given)[kSide]) {
  for (int k = static_cast<int>(threadIdx.x); k < rank; k += kThreads) given[k] = g[k][k];
  for (int k = 0; k < rank; ++k) {
    __syncthreads();
    const double pivot = g[k][k];
    if (!(pivot > least_pivot * given[k])) return false;
    const double root = sqrt(pivot);
    __syncthreads();  // all have read it
    for (int i = k + static_cast<int>(threadIdx.x); i < rank; i += kThreads) g[k][i] = i == k ? root : g[k][i] / root;
    __syncthreads();
    const int rest = rank - k - 1;
    for (int t = static_cast<int>(threadIdx.x); t < rest * rest; t += kThreads) {
      const int i = k + 1 + t / rest, j = k + 1 + t % rest;
      if (j >= i) g[i][j] -= g[k][i] * g[k][j];
    }
  }
  return true;
}

/// R^-1: its element (j, k) in g[k][j], which is below the diagonal and was 0, or in diagonal[k]. All threads of the block come
/// here.
__device__ void invert(int rank, Square& g, double (&diagonal)[kSide]) {
  for (int j = rank - 1; j >= 0; --j) {
    __syncthreads();
    for (int k = j + static_cast<int>(threadIdx.x); k < rank; k += kThreads) {
      if (k == j) {
        diagonal[j] = 1 / g[j][j];
      } else {
        g[k][j] = -g[k][j] / g[j][j];
      }
    }
    __syncthreads();
    const int columns = rank - j;
    for (int t = static_cast<int>(threadIdx.x); t < j * columns; t += kThreads) {
      const int i = t / columns, k = j + t % columns;
      g[k][i] += g[i][j] * (k == j ? diagonal[j] : g[k][j]);
    }
  }
  __syncthreads();
}

/// The part between, of one matrix.
__global__ void invert_roots(int count, FactorBatch f, bool again, double least_pivot) {
  __shared__ Square g;
  __shared__ double diagonal[kSide];
  const std::int64_t m = blockIdx.x;
  const int rank = f.matrices[m].shape.rank;
  const std::int64_t first = f.firsts[m], blocks = (f.rows(f.matrices[m]) + kRows - 1) / kRows;
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    if (again && f.left(r, m) != 0) continue;
    bool done = false;
    if (rank <= kSide) {
      __syncthreads();  // nobody reads the last rank's any more
      for (int t = static_cast<int>(threadIdx.x); t < rank * rank; t += kThreads) {
        double sum = 0;
        for (std::int64_t block = first; t / rank <= t % rank && block < first + blocks; ++block) sum += f.product(r, block)[t];
        g[t / rank][t % rank] = sum;
      }
      __syncthreads();
      done = factorize(rank, least_pivot, g, diagonal);
    }
    __syncthreads();  // all have read what is left
    if (threadIdx.x == 0) f.left(r, m) = done ? 0 : 1;
    if (!done) continue;
    invert(rank, g, diagonal);
    for (int t = static_cast<int>(threadIdx.x); t < rank * rank; t += kThreads) {
      const int j = t / rank, k = t % rank;
      f.inverse(r, m)[t] = j < k ? g[k][j] : (j == k ? diagonal[j] : 0);
    }
  }
}

/// A block's rows times the inverse. A thread has one column of four rows.
__global__ void multiply_by_inverse(int count, FactorBatch f) {
  alignas(16) __shared__ float columns[kSide][kRows + kAtOnce];
  const LowRankTile block = f.blocks[blockIdx.x];
  const LowRankMatrix matrix = f.matrices[block.matrix];
  const int rank = matrix.shape.rank;
  const int size = static_cast<int>(min(f.rows(matrix) - block.row, std::int64_t{kRows}));
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    if (f.left(r, block.matrix) != 0) continue;
    __syncthreads();  // nobody reads the last rank's any more
    float* const rows = f.of(r, matrix) + block.row * rank;
    for (int t = static_cast<int>(threadIdx.x); t < kRows * rank; t += kThreads) {
      columns[t % rank][t / rank] = t < size * rank ? rows[t] : 0.0F;
    }
    __syncthreads();
    const double* const inverse = f.inverse(r, block.matrix);
    for (int t = static_cast<int>(threadIdx.x); t < (size + kAtOnce - 1) / kAtOnce * rank; t += kThreads) {
      const int top = t / rank * kAtOnce, k = t % rank;
      double sums[kAtOnce] = {};
#pragma unroll 4
      for (int j = 0; j <= k; ++j) {
        const float4 left = *reinterpret_cast<const float4*>(&columns[j][top]);
        const double right = inverse[j * rank + k];
        sums[0] += left.x * right;
        sums[1] += left.y * right;
        sums[2] += left.z * right;
        sums[3] += left.w * right;
      }
      for (int c = 0; c < kAtOnce && top + c < size; ++c) rows[(top + c) * rank + k] = static_cast<float>(sums[c]);
    }
  }
}

/// Gram-Schmidt, of what is left. What does not fit on the chip is worked on in `scratch`, laid out as `a` but each factor
/// [rank][row], so that threads side by side have elements side by side.
__global__ void make_orthonormal(int count, FactorBatch f, Strided<float> scratch) {
  __shared__ float on_chip[kOnChip];
  __shared__ float common[kGroups];
  __shared__ int greatest;  // the bits of a float that is not negative: they are ordered as it is
  const LowRankMatrix matrix = f.matrices[blockIdx.x];
  const int rank = matrix.shape.rank;
  const std::int64_t rows = f.rows(matrix);
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    if (f.left(r, blockIdx.x) == 0) continue;
    float* const data = f.of(r, matrix);
    const ColumnsOnGpu columns{
        rows * rank <= kOnChip ? on_chip : scratch.data + r * scratch.stride + (data - f.a.data - r * f.a.stride), rows};
    __syncthreads();  // nobody reads the last rank's any more
    if (threadIdx.x == 0) greatest = 0;
    float mine = 0;
    for_each_element(rows, rank, [&](std::int64_t t, std::int64_t, int) { mine = fmaxf(mine, fabsf(data[t])); });  // of numbers
    atomicMax(&greatest, __float_as_int(mine));
    __syncthreads();
    const float scale = scale_for_squares(__int_as_float(greatest));
    for_each_element(rows, rank, [&](std::int64_t t, std::int64_t i, int k) { columns.at(i, k) = data[t] * scale; });
    for (int run = 0; run < 2; ++run) gram_schmidt(columns, rank, common);
    for_each_element(rows, rank, [&](std::int64_t t, std::int64_t i, int k) { data[t] = columns.at(i, k); });
  }
}

}  // namespace

void orthogonalize(const Device& device, int count, const LowRankBatch& batch, LowRankFactor factor, Strided<float> a) {
  const bool is_p = factor == LowRankFactor::p;
  std::int64_t end = 0;  // of the last factor that does not fit on the chip
  int side = 0;
  for (const LowRankMatrix& m : batch.matrices()) {
    const std::int64_t elements = (is_p ? m.shape.rows : m.shape.cols) * m.shape.rank;
    if (elements > kOnChip) end = std::max(end, (is_p ? m.p_begin : m.q_begin) + elements);
    side = std::max(side, std::min(m.shape.rank, kSide));
  }
  const LowRankBatch::Tables& tables = batch.tables();
  const LowRankBatch::FactorBlocks& blocks = is_p ? tables.of_p : tables.of_q;
  const auto matrices = static_cast<std::int64_t>(batch.matrices().size()),
             block_count = static_cast<std::int64_t>(blocks.blocks.size());
  const auto doubles = [&](std::int64_t squares) {
    return allocate_scratch(device, static_cast<std::size_t>(count * squares * side * side) * sizeof(double));
  };
  const std::shared_ptr<void> products = doubles(block_count), inverses = doubles(matrices),
                              left = allocate_scratch(device, static_cast<std::size_t>(count * matrices) * sizeof(int)),
                              scratch = allocate_scratch(device, static_cast<std::size_t>(count * end) * sizeof(float));
  const FactorBatch f{tables.matrices.data(),
                      blocks.blocks.data(),
                      blocks.firsts.data(),
                      matrices,
                      block_count,
                      factor,
                      a,
                      side,
                      static_cast<double*>(products.get()),
                      static_cast<double*>(inverses.get()),
                      static_cast<int*>(left.get())};
  for (const bool again : {false, true}) {
    launch(device, "orthogonalize, products", multiply_pairs, {block_count, count}, count, f, again);
    launch(device, "orthogonalize, inverse", invert_roots, {matrices, count}, count, f, again,
           again ? kLeastSecondPivot : kLeastPivot);
    launch(device, "orthogonalize, columns", multiply_by_inverse, {block_count, count}, count, f);
  }
  launch(device, "orthogonalize, Gram-Schmidt", make_orthonormal, {matrices, count}, count, f,
         Strided<float>{static_cast<float*>(scratch.get()), end});
}

}  // namespace syncline::kernels::cuda
