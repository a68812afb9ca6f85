// What the kernels of a convolution share: products of matrices, cut into tiles, whose second factor is never built. Its elements
// are found in an image by the sum of two places, a pixel's and a tap's.
#pragma once

#include "kernels/conv/conv.h"
#include "kernels/packs.cuh"

namespace syncline::kernels::cuda {

/// A pixel and sample, or a channel and one tap of the kernel in it. `offset` is counted in floats; row and column are there to
/// see whether the sum of two places is inside the image.
struct alignas(16) Place {
  int offset, row, column;
  int other;  // of what else belongs to it, as the kernel has it
};

/// Added to any other, it is outside.
__device__ inline Place nowhere() { return {0, -(1 << 30), 0, 0}; }

/// The image that is gathered from: [channel][height][width][sample].
struct Image {
  int height, width, batch;
  constexpr int offset(int channel, int row, int column) const { return ((channel * height + row) * width + column) * batch; }
  constexpr bool holds(int row, int column) const {
    return static_cast<unsigned>(row) < static_cast<unsigned>(height) &&
           static_cast<unsigned>(column) < static_cast<unsigned>(width);
  }
};

template <int kSize>
__device__ Pack<float, kSize> gather(const Image& image, const float* from, const Place& pixel, const Place& tap) {
  if (!image.holds(pixel.row + tap.row, pixel.column + tap.column)) return {};
  return load_pack<kSize>(from + pixel.offset + tap.offset);
}

/// A block makes kTileRows x kTileColumns of a product, each of its threads 8 x 4 of them, in steps of some terms.
template <int kTileRows, int kTileColumns, int kTileTerms>
struct TileShape {
  static constexpr int kRows = kTileRows, kColumns = kTileColumns, kTerms = kTileTerms;
  static constexpr int kThreadRows = 8, kThreadColumns = 4;
  static constexpr int kBlockThreads = kRows / kThreadRows * (kColumns / kThreadColumns);
  // That a multiprocessor must have room for: 16 warps, which leaves 128 registers to a thread.
  static constexpr int kBlocksAtOnce = 512 / kBlockThreads;
  // Each thread's share of the factors' tiles.
  static constexpr int kA = kRows * kTerms / kBlockThreads, kB = kColumns * kTerms / kBlockThreads;

  struct Sums {
    float of[kThreadRows][kThreadColumns];
  };
  static __device__ int first_row() { return static_cast<int>(threadIdx.x) / (kColumns / kThreadColumns) * kThreadRows; }
  static __device__ int first_column() { return static_cast<int>(threadIdx.x) % (kColumns / kThreadColumns) * kThreadColumns; }
};

/// Factors, products and sums in float. Running sums are cleared, grow step by step, and are collected when all is added up.
template <int kTileRows, int kTileColumns>
struct Tile : TileShape<kTileRows, kTileColumns, 8> {
  using Shape = TileShape<kTileRows, kTileColumns, 8>;
  using Element = float;
  using Running = typename Shape::Sums;

  /// The factors of one step, in shared memory. Rows end in a gap, so that threads that store down a column meet in no bank.
  struct Factors {
    alignas(16) float a[Shape::kTerms][kTileRows + 4];
    alignas(16) float b[Shape::kTerms][kTileColumns + 4];
  };
  static __device__ Element rounded(float x) { return x; }
  static __device__ void clear(Running& running) { running = {}; }

  /// Adds the products of one step, in the order of its terms.
  static __device__ void add_products(const Factors& factors, Running& running) {
    const int row = Shape::first_row(), column = Shape::first_column();
#pragma unroll
    for (int k = 0; k < Shape::kTerms; ++k) {
      const auto low = load_pack<4>(&factors.a[k][row]), high = load_pack<4>(&factors.a[k][row + 4]);
      const auto b = load_pack<4>(&factors.b[k][column]);
#pragma unroll
      for (int i = 0; i < 4; ++i) {
#pragma unroll
        for (int j = 0; j < Shape::kThreadColumns; ++j) {
          running.of[i][j] = __fmaf_rn(low.of[i], b.of[j], running.of[i][j]);
          running.of[i + 4][j] = __fmaf_rn(high.of[i], b.of[j], running.of[i + 4][j]);
        }
      }
    }
  }
  static __device__ typename Shape::Sums collect(const Running& running) { return running; }
};

/// Puts what lies in a pack side by side in a row of factors.
template <class T, int kSize>
__device__ void put_pack(const Pack<float, kSize>& pack, typename T::Element* to) {
  Pack<typename T::Element, kSize> rounded;
  for (int i = 0; i < kSize; ++i) rounded.of[i] = T::rounded(pack.of[i]);
  store_pack<kSize>(to, rounded);
}

/// Whether a replica's numbers can be counted in ints, with room for the places just outside; KernelError where not.
inline void check_size(const ConvShape& shape, int batch, const char* what) {
  const std::int64_t border = shape.padding + shape.kernel, channels = std::max(shape.in_channels, shape.out_channels);
  as_int((channels + 1) * (shape.height + 2 * border) * (shape.width + 2 * border) * batch, what);
  as_int(std::int64_t{shape.out_channels} * shape.in_channels * shape.kernel * shape.kernel, what);
}

constexpr int parts_of(int n, int size) { return (n + size - 1) / size; }

}  // namespace syncline::kernels::cuda
