// The products are cuBLAS's. It wants a sample's matrices in one piece, so that inputs are copied from [feature][token][sample] to
// [sample][feature][token], and results back: both ways a transpose, of [feature, token] by [sample]. Replicas, heads and samples are
// then one long row of matrices.
#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/attention/attention.h"
#include "kernels/blas_cuda.h"
#include "kernels/cuda_call.cuh"
#include "kernels/device_cuda.h"

namespace syncline::kernels::cuda {
namespace {

constexpr int kWarps = kThreads / kWarp;
constexpr int kTile = 1024;           // elements that a block transposes
constexpr int kMostMatrices = 65535;  // of one call of cuBLAS, which may count them along z

/// Matrices to transpose, `count` of a replica side by side; the results are, too.
struct Transposes {
  static constexpr int kMost = 4;
  int arrays = 0;
  std::array<Strided<const float>, kMost> from;
  std::array<Strided<float>, kMost> to;
  int count, rows, columns;
};

/// A block has a tile of all matrices. Tiles are as wide or high as the matrix where that is less than 32, and longer then,
/// so that there are always long runs to read and to write.
__global__ void transpose_tiles(int replicas, Transposes of, int tile_rows, int tile_columns) {
  __shared__ float
      tile[kTile * 3 / 2];  // with rows of odd length, so that a column lies in many banks; of 2 columns, half as many more
  const int across = (of.columns + tile_columns - 1) / tile_columns;
  const int first_row = static_cast<int>(blockIdx.x) / across * tile_rows;
  const int first_column = static_cast<int>(blockIdx.x) % across * tile_columns;
  const int rows = min(tile_rows, of.rows - first_row), columns = min(tile_columns, of.columns - first_column);
  const int pitch = columns | 1;
  const std::int64_t matrices = std::int64_t{replicas} * of.count;
  for (std::int64_t m = blockIdx.y; m < of.arrays * matrices; m += gridDim.y) {
    const std::int64_t array = m / matrices, r = m % matrices / of.count, begin = m % of.count * of.rows * of.columns;
    const float* from = of.from[array].of(r) + begin;
    float* to = of.to[array].of(r) + begin;
    __syncthreads();  // nobody reads the last matrix's tile any more
    for (int t = static_cast<int>(threadIdx.x); t < rows * columns; t += kThreads) {
      const int i = t / columns, j = t % columns;
      tile[i * pitch + j] = from[std::int64_t{first_row + i} * of.columns + first_column + j];
    }
    __syncthreads();
    for (int t = static_cast<int>(threadIdx.x); t < rows * columns; t += kThreads) {
      const int j = t / rows, i = t % rows;
      to[std::int64_t{first_column + j} * of.rows + first_row + i] = tile[i * pitch + j];
    }
  }
}

void transpose(const Device& device, const char* what, int replicas, const Transposes& of) {
  as_int(std::int64_t{of.rows} * of.columns, what);
  const int tile_columns = of.columns < kWarp ? of.columns : of.rows < kWarp ? kTile / of.rows : kWarp;
  const int tile_rows = of.columns < kWarp ? kTile / of.columns : std::min(of.rows, kWarp);
  launch(device, what, transpose_tiles,
         {blocks_for(of.rows, tile_rows) * blocks_for(of.columns, tile_columns), std::int64_t{of.arrays} * replicas * of.count},
         replicas, of, tile_rows, tile_columns);
}

/// combine() over the lanes of a warp, for all of them.
template <class Combine>
__device__ float over_warp(float mine, const Combine& combine) {
  for (int half = kWarp / 2; half > 0; half /= 2) mine = combine(mine, __shfl_xor_sync(kAllLanes, mine, half));
  return mine;
}
__device__ float sum_over_warp(float mine) {
  return over_warp(mine, [](float a, float b) { return a + b; });
}

/// A replica's matrices of [query token][key token], whose rows a warp takes one of.
struct Rows {
  int replicas, count, tokens;
  bool causal;
  float scale;
  __device__ int keys_of(std::int64_t row) const { return causal ? static_cast<int>(row % tokens) + 1 : tokens; }
};

/// Scores become probabilities.
__global__ void softmax(Rows rows, Strided<float> scores) {
  const std::int64_t row = this_element() / kWarp;
  if (row >= rows.count) return;
  const int lane = static_cast<int>(threadIdx.x) % kWarp, keys = rows.keys_of(row);
  for (std::int64_t r = blockIdx.y; r < rows.replicas; r += gridDim.y) {
    float* x = scores.of(r) + row * rows.tokens;
    float largest = x[0], sum = 0;
    for (int j = lane; j < keys; j += kWarp) largest = fmaxf(largest, x[j]);
    largest = over_warp(largest, [](float a, float b) { return fmaxf(a, b); });
    for (int j = lane; j < keys; j += kWarp) sum += expf(rows.scale * (x[j] - largest));
    const float share = 1 / sum_over_warp(sum);
    for (int j = lane; j < rows.tokens; j += kWarp) x[j] = j < keys ? expf(rows.scale * (x[j] - largest)) * share : 0.0F;
  }
}

/// dP becomes dS.
__global__ void softmax_gradient(Rows rows, Strided<const float> probabilities, Strided<float> gradients) {
  const std::int64_t row = this_element() / kWarp;
  if (row >= rows.count) return;
  const int lane = static_cast<int>(threadIdx.x) % kWarp, keys = rows.keys_of(row);
  for (std::int64_t r = blockIdx.y; r < rows.replicas; r += gridDim.y) {
    const float* p = probabilities.of(r) + row * rows.tokens;
    float* dp = gradients.of(r) + row * rows.tokens;
    float sum = 0;
    for (int j = lane; j < keys; j += kWarp) sum += p[j] * dp[j];
    sum = sum_over_warp(sum);
    for (int j = lane; j < rows.tokens; j += kWarp) dp[j] = j < keys ? rows.scale * (p[j] * (dp[j] - sum)) : 0.0F;
  }
}

/// What a call works on: matrices of a replica side by side, one for each head and sample.
class Work {
 public:
  Work(const Device& device, const AttentionShape& shape, Replicas replicas, int copies)
      : device_(device),
        shape_(shape),
        replicas_(replicas),
        matrices_(as_int(std::int64_t{shape.heads} * replicas.batch, "attention")),
        size_(std::int64_t{matrices_} * shape.head_features * shape.tokens),
        memory_(allocate_scratch(device, static_cast<std::size_t>(copies * replicas.count * size_) * sizeof(float))) {}

  std::int64_t scores_size() const { return std::int64_t{matrices_} * shape_.tokens * shape_.tokens; }
  Strided<float> copy(int i) const { return {static_cast<float*>(memory_.get()) + i * replicas_.count * size_, size_}; }
  Strided<const float> read(int i) const { return {copy(i).data, size_}; }
  Rows rows() const {
    return {replicas_.count, as_int(std::int64_t{matrices_} * shape_.tokens, "attention"), shape_.tokens, shape_.causal,
            1 / std::sqrt(static_cast<float>(shape_.head_features))};
  }
  Grid grid() const { return {blocks_for(rows().count, kWarps), replicas_.count}; }

  /// Into copies 0, 1, ..
  void copy_in(const char* what, std::initializer_list<Strided<const float>> inputs) const {
    Transposes all{0, {}, {}, shape_.heads, shape_.head_features * shape_.tokens, replicas_.batch};
    for (const auto& input : inputs) {
      all.from[all.arrays] = input;
      all.to[all.arrays] = copy(all.arrays);
      ++all.arrays;
    }
    transpose(device_, what, replicas_.count, all);
  }
  struct Output {
    int copy;
    Strided<float> to;
  };
  void copy_out(const char* what, std::initializer_list<Output> outputs) const {
    Transposes all{0, {}, {}, shape_.heads, replicas_.batch, shape_.head_features * shape_.tokens};
    for (const auto& output : outputs) {
      all.from[all.arrays] = read(output.copy);
      all.to[all.arrays] = output.to;
      ++all.arrays;
    }
    transpose(device_, what, replicas_.count, all);
  }

  /// The scores of tokens: products of features, [token of a][token of b].
  void match(const char* what, Strided<const float> a, Strided<const float> b, Strided<float> scores) const {
    multiply(what, {shape_.tokens, shape_.tokens, shape_.head_features}, {a, true}, {b}, scores);
  }
  /// Tokens mixed by weights [token of b][token of the result], or transposed.
  void mix(const char* what, Strided<const float> a, const Factor& weights, Strided<float> mixed) const {
    multiply(what, {shape_.head_features, shape_.tokens, shape_.tokens}, {a}, weights, mixed);
  }

 private:
  /// In as few calls as may be: all replicas in one where no array has a gap between them.
  void multiply(const char* what, const ProductShape& of, const Factor& a, const Factor& b, Strided<float> c) const {
    const std::int64_t a_size = std::int64_t{of.rows} * of.terms, b_size = std::int64_t{of.terms} * of.columns;
    const std::int64_t c_size = std::int64_t{of.rows} * of.columns;
    const bool gapless = a.of.stride == matrices_ * a_size && b.of.stride == matrices_ * b_size && c.stride == matrices_ * c_size;
    const int step = gapless ? std::max(1, kMostMatrices / matrices_) : 1;
    for (int r = 0; r < replicas_.count; r += step) {
      cuda::multiply(device_, what, std::min(step, replicas_.count - r) * matrices_, of, {{a.of.of(r), a_size}, a.transposed},
                     {{b.of.of(r), b_size}, b.transposed}, false, {c.of(r), c_size});
    }
  }

  const Device& device_;
  AttentionShape shape_;
  Replicas replicas_;
  int matrices_;
  std::int64_t size_;
  std::shared_ptr<void> memory_;
};

}  // namespace

void attention_forward(const Device& device, const AttentionShape& shape, Replicas replicas, Strided<const float> q,
                       Strided<const float> k, Strided<const float> v, Strided<float> y, Strided<float> probabilities) {
  const Work work(device, shape, replicas, 3);
  work.copy_in("attention_forward, copy in", {q, k, v});
  work.match("attention_forward, scores", work.read(0), work.read(1), probabilities);
  launch(device, "attention_forward, softmax", softmax, work.grid(), work.rows(), probabilities);
  work.mix("attention_forward, values", work.read(2), {{probabilities.data, probabilities.stride}, true}, work.copy(0));
  work.copy_out("attention_forward, copy out", {{0, y}});
}

void attention_backward(const Device& device, const AttentionShape& shape, Replicas replicas, Strided<const float> q,
                        Strided<const float> k, Strided<const float> v, Strided<const float> probabilities,
                        Strided<const float> dy, Strided<float> dq, Strided<float> dk, Strided<float> dv) {
  const Work work(device, shape, replicas, 4);
  enum { kQ, kK, kV, kDy, kDq = kDy, kDk = kK, kDv = kV };  // a gradient takes the place of what nobody reads any more
  const std::shared_ptr<void> scratch =
      allocate_scratch(device, static_cast<std::size_t>(replicas.count * work.scores_size()) * sizeof(float));
  const Strided<float> ds{static_cast<float*>(scratch.get()), work.scores_size()};
  const Strided<const float> read_ds{ds.data, ds.stride};
  work.copy_in("attention_backward, copy in", {q, k, v, dy});
  work.match("attention_backward, dP", work.read(kDy), work.read(kV), ds);
  work.mix("attention_backward, dv", work.read(kDy), {probabilities}, work.copy(kDv));
  launch(device, "attention_backward, softmax", softmax_gradient, work.grid(), work.rows(), probabilities, ds);
  work.mix("attention_backward, dq", work.read(kK), {read_ds, true}, work.copy(kDq));
  work.mix("attention_backward, dk", work.read(kQ), {read_ds}, work.copy(kDk));
  work.copy_out("attention_backward, copy out", {{kDq, dq}, {kDk, dk}, {kDv, dv}});
}

}  // namespace syncline::kernels::cuda
