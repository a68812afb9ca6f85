#include "kernels/low_rank/low_rank.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {
namespace {

/// The tiles of all matrices, at most `rows` by `cols` large; 0: all that there are, even if none, since a sum of nothing must be
/// written, too.
std::vector<LowRankTile> tiles_of(std::span<const LowRankMatrix> matrices, std::int64_t rows, std::int64_t cols) {
  std::vector<LowRankTile> tiles;
  for (std::size_t i = 0; i < matrices.size(); ++i) {
    const MatrixShape& shape = matrices[i].shape;
    const std::int64_t down = rows == 0 ? 1 : (shape.rows + rows - 1) / rows,
                       along = cols == 0 ? 1 : (shape.cols + cols - 1) / cols;
    for (std::int64_t t = 0; t < down * along; ++t) {
      tiles.push_back({t / along * rows, t % along * cols, static_cast<std::int32_t>(i)});
    }
  }
  return tiles;
}

template <class T>
Buffer<T> on_cuda(const Device& device, std::span<const T> table) {
  if (device.backend() != Backend::cuda) return {device, 0};
  Buffer<T> buffer(device, table.size());
  buffer.upload(table);
  return buffer;
}

}  // namespace

LowRankBatch::FactorBlocks::FactorBlocks(const Device& device, std::span<const LowRankMatrix> of, std::int64_t MatrixShape::*rows)
    : blocks(device, 0), firsts(device, 0) {
  std::vector<LowRankTile> tiles;
  std::vector<std::int64_t> first;
  for (std::size_t i = 0; i < of.size(); ++i) {
    first.push_back(static_cast<std::int64_t>(tiles.size()));
    for (std::int64_t row = 0; row < of[i].shape.*rows; row += kGramRows) {
      tiles.push_back({row, 0, static_cast<std::int32_t>(i)});
    }
  }
  blocks = on_cuda<LowRankTile>(device, tiles);
  firsts = on_cuda<std::int64_t>(device, first);
}

LowRankBatch::Tables::Tables(const Device& device, std::span<const LowRankMatrix> of)
    : matrices(on_cuda(device, of)),
      rows(on_cuda<LowRankTile>(device, tiles_of(of, kTileRows, 0))),
      columns(on_cuda<LowRankTile>(device, tiles_of(of, 0, kTileColumns))),
      squares(on_cuda<LowRankTile>(device, tiles_of(of, kTileSide, kTileSide))),
      of_p(device, of, &MatrixShape::rows),
      of_q(device, of, &MatrixShape::cols) {}

LowRankBatch::LowRankBatch(const Device& device, std::vector<LowRankMatrix> matrices)
    : matrices_(std::move(matrices)), tables_(device, matrices_) {}

void low_rank_left(const Device& device, int count, const LowRankBatch& batch, Strided<const float> m, Strided<const float> q,
                   Strided<float> p) {
  dispatch(device, reference::low_rank_left, cpu::low_rank_left, SYNCLINE_IF_CUDA(cuda::low_rank_left), count, batch, m, q, p);
}

void low_rank_right(const Device& device, int count, const LowRankBatch& batch, Strided<const float> m, Strided<const float> p,
                    Strided<float> q) {
  dispatch(device, reference::low_rank_right, cpu::low_rank_right, SYNCLINE_IF_CUDA(cuda::low_rank_right), count, batch, m, p, q);
}

void low_rank_product(const Device& device, int count, const LowRankBatch& batch, Strided<const float> p, Strided<const float> q,
                      Strided<float> out) {
  dispatch(device, reference::low_rank_product, cpu::low_rank_product, SYNCLINE_IF_CUDA(cuda::low_rank_product), count, batch, p,
           q, out);
}

void low_rank_error(const Device& device, int count, const LowRankBatch& batch, Strided<const float> m, Strided<const float> p,
                    Strided<const float> q, Strided<float> e) {
  dispatch(device, reference::low_rank_error, cpu::low_rank_error, SYNCLINE_IF_CUDA(cuda::low_rank_error), count, batch, m, p, q,
           e);
}

void orthogonalize(const Device& device, int count, const LowRankBatch& batch, LowRankFactor factor, Strided<float> a) {
  dispatch(device, reference::orthogonalize, cpu::orthogonalize, SYNCLINE_IF_CUDA(cuda::orthogonalize), count, batch, factor, a);
}

}  // namespace syncline::kernels
