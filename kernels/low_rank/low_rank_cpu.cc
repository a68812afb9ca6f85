#include <algorithm>
#include <array>
#include <vector>

#include "kernels/blocks.h"
#include "kernels/lanes.h"
#include "kernels/low_rank/columns_cpu.h"
#include "kernels/low_rank/low_rank.h"

namespace syncline::kernels::cpu {
namespace {

constexpr std::int64_t kRowBlock = 64;   // rows of a task
constexpr std::int64_t kColBlock = 256;  // columns of a task of low_rank_right
constexpr int kAtOnce = 4;               // columns of a factor in registers at once

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

/// A stretch of a matrix's rows or columns: what one task takes.
struct Part {
  LowRankMatrix matrix;
  std::int64_t begin, end;
};

/// All matrices in parts of at most `size` of their rows, or columns.
std::vector<Part> parts_of(const LowRankBatch& batch, std::int64_t MatrixShape::*extent, std::int64_t size) {
  std::vector<Part> parts;
  for (const LowRankMatrix& matrix : batch.matrices()) {
    const std::int64_t all = matrix.shape.*extent;
    for (std::int64_t begin = 0; begin < all; begin += size) parts.push_back({matrix, begin, std::min(all, begin + size)});
  }
  return parts;
}

/// use(r, part) for each rank and part.
template <class Use>
void for_each_part(const Device& device, int count, const std::vector<Part>& parts, const Use& use) {
  for_each_row_and_block(device, count, static_cast<std::int64_t>(parts.size()),
                         [&](int r, std::int64_t i) { use(r, parts[static_cast<std::size_t>(i)]); });
}

/// use(elements left in the row, column, elements of p q^T) for every 16th column of a row.
template <class Use>
void for_each_product(const float* left, const Columns& right, std::int64_t cols, int rank, const Use& use) {
  for (std::int64_t j = 0; j < cols; j += kLanes) {
    Lanes sum{};
    for (int k = 0; k < rank; ++k) sum += left[k] * load<Lanes>(right.column(k) + j);
    use(cols - j, j, sum);
  }
}

/// use(r, elements left in the row, place in the rank's M, elements of p q^T) for every 16th column of all rows. Of ranks that
/// share both factors one product serves several, a row at a time.
template <class Use>
void for_each_product(const Device& device, int count, const LowRankBatch& batch, Strided<const float> p, Strided<const float> q,
                      const Use& use) {
  const std::vector<Part> parts = parts_of(batch, &MatrixShape::rows, kRowBlock);
  const bool shared = p.stride == 0 && q.stride == 0;
  // So many groups of ranks that all threads have some parts.
  const auto wanted = 4 * device.threads() / std::max<std::int64_t>(std::ssize(parts), 1) + 1;
  const int groups = shared ? static_cast<int>(std::min<std::int64_t>(count, wanted)) : count;
  for_each_part(device, groups, parts, [&](int group, const Part& part) {
    const auto first = static_cast<int>(std::int64_t{count} * group / groups);
    const auto end = static_cast<int>(std::int64_t{count} * (group + 1) / groups);
    const LowRankMatrix& matrix = part.matrix;
    const auto [rows, cols, rank] = matrix.shape;
    const Columns right(q.of(first) + matrix.q_begin, cols, rank);
    std::vector<Lanes> row(end - first > 1 ? static_cast<std::size_t>((cols + kLanes - 1) / kLanes) : 0);
    for (std::int64_t i = part.begin; i < part.end; ++i) {
      const float* left = p.of(first) + matrix.p_begin + i * rank;
      const std::int64_t begin = matrix.m_begin + i * cols;
      if (row.empty()) {
        for_each_product(left, right, cols, rank,
                         [&](std::int64_t rest, std::int64_t j, const Lanes& sum) { use(first, rest, begin + j, sum); });
        continue;
      }
      for_each_product(left, right, cols, rank,
                       [&](std::int64_t, std::int64_t j, const Lanes& sum) { row[static_cast<std::size_t>(j / kLanes)] = sum; });
      for (int r = first; r < end; ++r) {
        for (std::int64_t j = 0; j < cols; j += kLanes) use(r, cols - j, begin + j, row[static_cast<std::size_t>(j / kLanes)]);
      }
    }
  });
}

}  // namespace

void low_rank_left(const Device& device, int count, const LowRankBatch& batch, Strided<const float> m, Strided<const float> q,
                   Strided<float> p) {
  for_each_part(device, count, parts_of(batch, &MatrixShape::rows, kRowBlock), [&](int r, const Part& part) {
    const LowRankMatrix& matrix = part.matrix;
    const MatrixShape& shape = matrix.shape;
    const Columns right(q.of(r) + matrix.q_begin, shape.cols, shape.rank);
    for (std::int64_t i = part.begin; i < part.end; ++i) {
      const float* row = m.of(r) + matrix.m_begin + i * shape.cols;
      float* left = p.of(r) + matrix.p_begin + i * shape.rank;
      for_columns_at_once(shape.rank, [&](auto n, int k) { dot_row<n()>(row, shape.cols, right, k, left); });
    }
  });
}

void low_rank_right(const Device& device, int count, const LowRankBatch& batch, Strided<const float> m, Strided<const float> p,
                    Strided<float> q) {
  for_each_part(device, count, parts_of(batch, &MatrixShape::cols, kColBlock), [&](int r, const Part& part) {
    const LowRankMatrix& matrix = part.matrix;
    const MatrixShape& shape = matrix.shape;
    for (std::int64_t j = part.begin; j < part.end; j += kLanes) {
      const float* from = m.of(r) + matrix.m_begin + j;
      float* right = q.of(r) + matrix.q_begin + j * shape.rank;
      for_columns_at_once(
          shape.rank, [&](auto n, int k) { dot_columns<n()>(shape, from, p.of(r) + matrix.p_begin, k, shape.cols - j, right); });
    }
  });
}

void low_rank_product(const Device& device, int count, const LowRankBatch& batch, Strided<const float> p, Strided<const float> q,
                      Strided<float> out) {
  for_each_product(device, count, batch, p, q, [&](int r, std::int64_t left, std::int64_t at, const Lanes& product) {
    store_up_to(out.of(r) + at, product, left);
  });
}

void low_rank_error(const Device& device, int count, const LowRankBatch& batch, Strided<const float> m, Strided<const float> p,
                    Strided<const float> q, Strided<float> e) {
  for_each_product(device, count, batch, p, q, [&](int r, std::int64_t left, std::int64_t at, const Lanes& product) {
    store_up_to(e.of(r) + at, load_up_to<Lanes>(m.of(r) + at, left) - product, left);
  });
}

}  // namespace syncline::kernels::cpu
