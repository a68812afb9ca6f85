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
constexpr int kPadded = kStep + 4;  // so that the threads that fill them meet in few banks: of 8 columns in none
constexpr int kMostAtOnce = 32;     // columns of the factor, for which M is read once
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
#pragma unroll
      for (int i = 0; i < kRowsOfThread; ++i) {
        const float element = first + i < rows ? m[(first + i) * cols + begin + j] : 0.0F;
#pragma unroll
        for (int c = 0; c < N; ++c) sums[i][c] += element * columns[c][j];
      }
    }
  }
#pragma unroll
  for (int i = 0; i < kRowsOfThread; ++i) {
#pragma unroll
    for (int c = 0; c < N; ++c) {
      const float sum = fold_lanes(sums[i][c]);
      if (l == 0 && first + i < rows && k + c < rank) p[(first + i) * rank + k + c] = sum;
    }
  }
}

__global__ void left(int count, const LowRankMatrix* matrices, const LowRankTile* tiles, Strided<const float> m,
                     Strided<const float> q, Strided<float> p) {
  __shared__ float columns[kMostAtOnce][kPadded];
  const Place at = place_of(matrices, tiles);
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    const float* from = m.data + r * m.stride + at.matrix.m_begin;
    const float* right = q.data + r * q.stride + at.matrix.q_begin;
    float* to = p.data + r * p.stride + at.matrix.p_begin;
    for (int k = 0; k < at.matrix.shape.rank; k += kMostAtOnce) {
      const int rest = at.matrix.shape.rank - k;
      if (rest > 16) {
        multiply_rows<kMostAtOnce>(at, from, right, k, columns, to);
      } else if (rest > 8) {
        multiply_rows<16>(at, from, right, k, columns, to);
      } else if (rest > 4) {
        multiply_rows<8>(at, from, right, k, columns, to);
      } else {
        multiply_rows<4>(at, from, right, k, columns, to);
      }
    }
  }
}

// q = m^T p. A column's sums go along all rows: of each 64 columns, 4 threads have one each, and some of the factor's columns.
constexpr int kStepRows = 32;  // of m and p that are in shared memory at a time
constexpr int kParts = kThreads / kTileColumns;

/// What a thread reads for one step, while all are at the step before: its column of m, every kParts-th row, and its share of the
/// rows of p, columns k .. k + kParts N.
template <int N>
struct Ahead {
  static constexpr int kFactor = kStepRows * kParts * N / kThreads;
  float elements[kStepRows / kParts], factor[kFactor];

  __device__ void read(const Place& at, const float* m, const float* p, int k, std::int64_t begin) {
    const auto [rows, cols, rank] = at.matrix.shape;
    const std::int64_t j = at.tile.col + threadIdx.x % kTileColumns;
    for (int i = 0; i < kStepRows / kParts; ++i) {
      const std::int64_t row = begin + threadIdx.x / kTileColumns + i * kParts;
      elements[i] = row < rows && j < cols ? m[row * cols + j] : 0.0F;
    }
    for (int i = 0; i < kFactor; ++i) {
      const int t = static_cast<int>(threadIdx.x) + i * kThreads, c = k + t % (kParts * N);
      const std::int64_t row = begin + t / (kParts * N);
      factor[i] = row < rows && c < rank ? p[row * rank + c] : 0.0F;
    }
  }
  __device__ void store(float (*to_elements)[kTileColumns], float* to_factor) const {
    for (int i = 0; i < kStepRows / kParts; ++i) {
      to_elements[threadIdx.x / kTileColumns + i * kParts][threadIdx.x % kTileColumns] = elements[i];
    }
    for (int i = 0; i < kFactor; ++i) to_factor[threadIdx.x + i * kThreads] = factor[i];
  }
};

/// Columns k .. k + kParts N of q, of the tile's; a thread has N of them. All threads of the block come here.
template <int N>
__device__ void multiply_columns(const Place& at, const float* m, const float* p, int k, float (*elements)[kTileColumns],
                                 float* factor, float* q) {
  const auto [rows, cols, rank] = at.matrix.shape;
  const int column = static_cast<int>(threadIdx.x) % kTileColumns, first = static_cast<int>(threadIdx.x) / kTileColumns * N;
  float sums[N] = {};
  Ahead<N> ahead;
  ahead.read(at, m, p, k, 0);
  for (std::int64_t begin = 0; begin < rows; begin += kStepRows) {
    __syncthreads();  // nobody reads the last step's rows any more
    ahead.store(elements, factor);
    __syncthreads();
    ahead.read(at, m, p, k, begin + kStepRows);
    const int size = static_cast<int>(min(rows - begin, std::int64_t{kStepRows}));
#pragma unroll 8
    for (int row = 0; row < size; ++row) {
      const float element = elements[row][column];
      for (int c = 0; c < N; ++c) sums[c] += element * factor[row * kParts * N + first + c];
    }
  }
  for (int c = 0; c < N; ++c) {
    const int of_rank = k + first + c;
    if (at.tile.col + column < cols && of_rank < rank) q[(at.tile.col + column) * rank + of_rank] = sums[c];
  }
}

__global__ void right(int count, const LowRankMatrix* matrices, const LowRankTile* tiles, Strided<const float> m,
                      Strided<const float> p, Strided<float> q) {
  __shared__ float elements[kStepRows][kTileColumns];
  __shared__ float factor[kStepRows * kMostAtOnce];
  const Place at = place_of(matrices, tiles);
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    const float* from = m.data + r * m.stride + at.matrix.m_begin;
    const float* left_factor = p.data + r * p.stride + at.matrix.p_begin;
    float* to = q.data + r * q.stride + at.matrix.q_begin;
    for (int k = 0; k < at.matrix.shape.rank; k += kMostAtOnce) {
      const int rest = at.matrix.shape.rank - k;
      if (rest > 16) {
        multiply_columns<kMostAtOnce / kParts>(at, from, left_factor, k, elements, factor, to);
      } else if (rest > 8) {
        multiply_columns<16 / kParts>(at, from, left_factor, k, elements, factor, to);
      } else {
        multiply_columns<8 / kParts>(at, from, left_factor, k, elements, factor, to);
      }
    }
  }
}

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

/// out = p q^T, or m less that where there is an m; out may be m. Of ranks that share both factors one product serves all of a
/// block's.
__global__ void __launch_bounds__(kThreads, 2)
    product(int count, const LowRankMatrix* matrices, const LowRankTile* tiles, bool shared, Strided<const float> m,
            Strided<const float> p, Strided<const float> q, Strided<float> out) {
  __shared__ Factors factors;
  const Place at = place_of(matrices, tiles);
  const std::int64_t cols = at.matrix.shape.cols;
  const std::int64_t j = at.tile.col + threadIdx.x % kTileSide, top = at.tile.row + threadIdx.x / kTileSide;
  const std::int64_t first = at.matrix.m_begin + top * cols + j;  // the thread's first element in a rank's array
  const std::int64_t rows_left = j < cols ? at.matrix.shape.rows - top : 0;
  const int size = static_cast<int>(min((rows_left + kRowsApart - 1) / kRowsApart, std::int64_t{kOutputs}));
  float products[kOutputs];
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    if (!shared || r == blockIdx.y) {
      product_of(at, p.data + r * p.stride + at.matrix.p_begin, q.data + r * q.stride + at.matrix.q_begin, factors, products);
    }
    float values[kOutputs];
    const float* from = m.data == nullptr ? nullptr : m.data + r * m.stride + first;
#pragma unroll
    for (int o = 0; o < kOutputs; ++o) {
      values[o] = from != nullptr && o < size ? from[o * kRowsApart * cols] - products[o] : products[o];
    }
    float* to = out.data + r * out.stride + first;
#pragma unroll
    for (int o = 0; o < kOutputs; ++o) {
      if (o < size) to[o * kRowsApart * cols] = values[o];
    }
  }
}

void launch_product(const Device& device, const char* what, int count, const LowRankBatch& batch, Strided<const float> m,
                    Strided<const float> p, Strided<const float> q, Strided<float> out) {
  const LowRankBatch::Tables& tables = batch.tables();
  const auto tiles = static_cast<std::int64_t>(tables.squares.size());
  const bool shared = p.stride == 0 && q.stride == 0;
  const std::int64_t at_work = kMostAtWork / std::max<std::int64_t>(tiles, 1);
  const std::int64_t rows = shared ? std::min<std::int64_t>(count, std::max<std::int64_t>(at_work, 1)) : count;
  launch(device, what, product, {tiles, rows}, count, tables.matrices.data(), tables.squares.data(), shared, m, p, q, out);
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
  launch_product(device, "low_rank_product", count, batch, {}, p, q, out);
}

void low_rank_error(const Device& device, int count, const LowRankBatch& batch, Strided<const float> m, Strided<const float> p,
                    Strided<const float> q, Strided<float> e) {
  launch_product(device, "low_rank_error", count, batch, m, p, q, e);
}

}  // namespace syncline::kernels::cuda
