// A block of threads takes a tile of one matrix (LowRankBatch), for the ranks in turn of its y. What more than one of its threads
// reads, the factor or the rows of M, goes by way of shared memory.
#include "kernels/lane_sum.cuh"
#include "kernels/low_rank/low_rank.h"

namespace syncline::kernels::cuda {
namespace {

constexpr int kTileRows = LowRankBatch::kTileRows, kTileColumns = LowRankBatch::kTileColumns, kTileSide = LowRankBatch::kTileSide;

/// What a block of threads works on.
struct Place {
  LowRankMatrix matrix;
  LowRankTile tile;
};

__device__ Place place_of(const LowRankMatrix* matrices, const LowRankTile* tiles) {
  const LowRankTile tile = tiles[blockIdx.x];
  return {matrices[tile.matrix], tile};
}

// p = m q. 16 threads are the lanes of a row's sums; each takes kRowsOfThread rows, so that what it reads of q serves both.
constexpr int kRowsOfThread = 2;
constexpr int kStep = 128;          // columns of q that are in shared memory at a time
constexpr int kPadded = kStep + 8;  // so that the threads that fill them meet in no bank, or of 8 columns two in one
static_assert(kTileRows == kThreads / kSumLanes * kRowsOfThread);

/// Columns k .. k + N of the factor, of the tile's rows. All threads of the block come here.
template <int N>
__device__ void multiply_rows(const Place& at, const float* m, const float* q, int k, float (*columns)[kPadded], float* p) {
  const auto [rows, cols, rank] = at.matrix.shape;
  const int l = static_cast<int>(threadIdx.x) % kSumLanes;
  const std::int64_t first = at.tile.row + threadIdx.x / kSumLanes * kRowsOfThread;
  float sums[kRowsOfThread][N] = {};
  for (std::int64_t begin = 0; begin < cols; begin += kStep) {
    __syncthreads();  // nobody reads the last step's columns any more
    for (int t = static_cast<int>(threadIdx.x); t < kStep * N; t += kThreads) {
      const std::int64_t j = begin + t / N;
      const int c = k + t % N;
      columns[t % N][t / N] = j < cols && c < rank ? q[j * rank + c] : 0.0F;
    }
    __syncthreads();
#pragma unroll 4
    for (int j = l; j < kStep; j += kSumLanes) {
      if (begin + j >= cols) break;
      for (int i = 0; i < kRowsOfThread; ++i) {
        if (first + i >= rows) break;
        const float element = m[(first + i) * cols + begin + j];
        for (int c = 0; c < N; ++c) sums[i][c] += element * columns[c][j];
      }
    }
  }
  for (int i = 0; i < kRowsOfThread; ++i) {
    for (int c = 0; c < N; ++c) {
      const float sum = fold_lanes(sums[i][c]);
      if (l == 0 && first + i < rows && k + c < rank) p[(first + i) * rank + k + c] = sum;
    }
  }
}

__global__ void left(int count, const LowRankMatrix* matrices, const LowRankTile* tiles, Strided<const float> m,
                     Strided<const float> q, Strided<float> p) {
  __shared__ float columns[8][kPadded];
  const Place at = place_of(matrices, tiles);
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    const float* from = m.data + r * m.stride + at.matrix.m_begin;
    const float* right = q.data + r * q.stride + at.matrix.q_begin;
    float* to = p.data + r * p.stride + at.matrix.p_begin;
    for (int k = 0; k < at.matrix.shape.rank;) {
      if (at.matrix.shape.rank - k > 4) {
        multiply_rows<8>(at, from, right, k, columns, to);
        k += 8;
      } else {
        multiply_rows<4>(at, from, right, k, columns, to);
        k += 4;
      }
    }
  }
}

// q = m^T p. A column's sums go along all rows: of each 64 columns, 4 threads have one each, and 2 of the factor's columns.
constexpr int kStepRows = 32;  // of m and p that are in shared memory at a time
constexpr int kParts = kThreads / kTileColumns, kOfPart = 2;

__global__ void right(int count, const LowRankMatrix* matrices, const LowRankTile* tiles, Strided<const float> m,
                      Strided<const float> p, Strided<float> q) {
  __shared__ float elements[kStepRows][kTileColumns];
  __shared__ float factor[kStepRows][kParts * kOfPart];
  const Place at = place_of(matrices, tiles);
  const auto [rows, cols, rank] = at.matrix.shape;
  const int column = static_cast<int>(threadIdx.x) % kTileColumns, part = static_cast<int>(threadIdx.x) / kTileColumns;
  const std::int64_t j = at.tile.col + column;
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    const float* from = m.data + r * m.stride + at.matrix.m_begin;
    const float* left_factor = p.data + r * p.stride + at.matrix.p_begin;
    float* to = q.data + r * q.stride + at.matrix.q_begin;
    for (int k = 0; k < rank; k += kParts * kOfPart) {
      float sums[kOfPart] = {};
      for (std::int64_t begin = 0; begin < rows; begin += kStepRows) {
        __syncthreads();  // nobody reads the last step's rows any more
#pragma unroll
        for (int i = part; i < kStepRows; i += kParts) {
          elements[i][column] = begin + i < rows && j < cols ? from[(begin + i) * cols + j] : 0.0F;
        }
        const int i = static_cast<int>(threadIdx.x) / (kParts * kOfPart), c = static_cast<int>(threadIdx.x) % (kParts * kOfPart);
        factor[i][c] = begin + i < rows && k + c < rank ? left_factor[(begin + i) * rank + k + c] : 0.0F;
        __syncthreads();
        const int size = static_cast<int>(min(rows - begin, std::int64_t{kStepRows}));
#pragma unroll 8
        for (int row = 0; row < size; ++row) {
          for (int c2 = 0; c2 < kOfPart; ++c2) sums[c2] += elements[row][column] * factor[row][part + c2 * kParts];
        }
      }
      for (int c = 0; c < kOfPart; ++c) {
        const int of_rank = k + part + c * kParts;
        if (j < cols && of_rank < rank) to[j * rank + of_rank] = sums[c];
      }
    }
  }
}
static_assert(kStepRows * kParts * kOfPart == kThreads, "a thread reads one element of the factor");

// p q^T, of a tile of 64 by 64. A thread has one column of the tile and every 4th row.
constexpr int kRowsApart = kThreads / kTileSide, kOutputs = kTileSide / kRowsApart;
constexpr int kRankAtOnce = 8;

/// The tile's rows of both factors, some of their columns at a time.
struct Factors {
  float p[kTileSide][kRankAtOnce];
  float q[kRankAtOnce][kTileSide + 1];  // one more, so that threads that fill a column meet in no bank
};

/// The thread's elements of p q^T, each a sum in the order of the rank. All threads of the block come here.
__device__ void product_of(const Place& at, const float* p, const float* q, Factors& factors, float (&sums)[kOutputs]) {
  const auto [rows, cols, rank] = at.matrix.shape;
  const int column = static_cast<int>(threadIdx.x) % kTileSide, top = static_cast<int>(threadIdx.x) / kTileSide;
  for (float& sum : sums) sum = 0;
  for (int k = 0; k < rank; k += kRankAtOnce) {
    __syncthreads();  // nobody reads the last columns any more
    for (int t = static_cast<int>(threadIdx.x); t < kTileSide * kRankAtOnce; t += kThreads) {
      const int place = t / kRankAtOnce, c = t % kRankAtOnce;
      const std::int64_t i = at.tile.row + place, j = at.tile.col + place;
      factors.p[place][c] = i < rows && k + c < rank ? p[i * rank + k + c] : 0.0F;
      factors.q[c][place] = j < cols && k + c < rank ? q[j * rank + k + c] : 0.0F;
    }
    __syncthreads();
    for (int c = 0; c < kRankAtOnce; ++c) {
      if (k + c >= rank) break;
#pragma unroll
      for (int o = 0; o < kOutputs; ++o) sums[o] += factors.p[top + o * kRowsApart][c] * factors.q[c][column];
    }
  }
}

/// out = p q^T, or m less that where there is an m; out may be m.
__global__ void product(int count, const LowRankMatrix* matrices, const LowRankTile* tiles, Strided<const float> m,
                        Strided<const float> p, Strided<const float> q, Strided<float> out) {
  __shared__ Factors factors;
  const Place at = place_of(matrices, tiles);
  const auto [rows, cols, rank] = at.matrix.shape;
  const std::int64_t j = at.tile.col + threadIdx.x % kTileSide, top = at.tile.row + threadIdx.x / kTileSide;
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    float values[kOutputs];
    product_of(at, p.data + r * p.stride + at.matrix.p_begin, q.data + r * q.stride + at.matrix.q_begin, factors, values);
    if (m.data != nullptr && j < cols) {
      const float* from = m.data + r * m.stride + at.matrix.m_begin + j;
#pragma unroll
      for (int o = 0; o < kOutputs; ++o) {
        const std::int64_t i = top + o * kRowsApart;
        if (i < rows) values[o] = from[i * cols] - values[o];
      }
    }
    float* to = out.data + r * out.stride + at.matrix.m_begin + j;
    for (int o = 0; o < kOutputs; ++o) {
      const std::int64_t i = top + o * kRowsApart;
      if (i < rows && j < cols) to[i * cols] = values[o];
    }
  }
}

}  // namespace

void low_rank_left(const Device& device, int count, const LowRankBatch& batch, Strided<const float> m, Strided<const float> q,
                   Strided<float> p) {
  const LowRankBatch::Tables& tables = batch.tables();
  launch(device, "low_rank_left", left, {static_cast<std::int64_t>(tables.rows.size()), count}, count, tables.matrices.data(),
         tables.rows.data(), m, q, p);
}

void low_rank_right(const Device& device, int count, const LowRankBatch& batch, Strided<const float> m, Strided<const float> p,
                    Strided<float> q) {
  const LowRankBatch::Tables& tables = batch.tables();
  launch(device, "low_rank_right", right, {static_cast<std::int64_t>(tables.columns.size()), count}, count,
         tables.matrices.data(), tables.columns.data(), m, p, q);
}

void low_rank_product(const Device& device, int count, const LowRankBatch& batch, Strided<const float> p, Strided<const float> q,
                      Strided<float> out) {
  const LowRankBatch::Tables& tables = batch.tables();
  launch(device, "low_rank_product", product, {static_cast<std::int64_t>(tables.squares.size()), count}, count,
         tables.matrices.data(), tables.squares.data(), Strided<const float>{}, p, q, out);
}

void low_rank_error(const Device& device, int count, const LowRankBatch& batch, Strided<const float> m, Strided<const float> p,
                    Strided<const float> q, Strided<float> e) {
  const LowRankBatch::Tables& tables = batch.tables();
  launch(device, "low_rank_error", product, {static_cast<std::int64_t>(tables.squares.size()), count}, count,
         tables.matrices.data(), tables.squares.data(), m, p, q, e);
}

}  // namespace syncline::kernels::cuda
