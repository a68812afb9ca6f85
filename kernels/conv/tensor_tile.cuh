// Tiles of a product that tensor cores multiply: factors rounded to TF32 or bf16, products and sums in float.
#pragma once

#include <cuda_bf16.h>
#include <mma.h>

#include "kernels/conv/conv_cuda.cuh"

namespace syncline::kernels::cuda {

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800

/// How the factors lie in shared memory, and how many terms an instruction takes: `kDepth`.
struct Tf32 {
  using Element = float;
  using Precision = nvcuda::wmma::precision::tf32;
  static constexpr int kDepth = 8;
  static __device__ Element rounded(float x) { return nvcuda::wmma::__float_to_tf32(x); }
};
struct Bf16 {
  using Element = __nv_bfloat16;
  using Precision = __nv_bfloat16;
  static constexpr int kDepth = 16;
  static __device__ Element rounded(float x) { return __float2bfloat16_rn(x); }
};

/// As Tile. Each warp makes 4 squares of 16 x 16 side by side.
template <int kTileRows, int kTileColumns, class Format>
struct TensorTile : TileShape<kTileRows, kTileColumns, 16> {
  using Shape = TileShape<kTileRows, kTileColumns, 16>;
  using Element = typename Format::Element;
  static constexpr int kBlocksAtOnce = 384 / Shape::kBlockThreads;  // of 168 registers a thread: squares take more than sums
  static constexpr int kSquare = 16, kSquares = 4;
  static_assert(kTileRows * kTileColumns / kSquare / kSquare == kSquares * Shape::kBlockThreads / 32);

  static constexpr int kGap = 16 / static_cast<int>(sizeof(Element));  // rows begin on 16 bytes
  struct Factors {
    alignas(32) Element a[Shape::kTerms][kTileRows + kGap];
    alignas(32) Element b[Shape::kTerms][kTileColumns + kGap];
  };
  struct Results {
    alignas(32) float of[kTileRows][kTileColumns + 4];
  };
  template <class Use, class Layout>
  using Fragment = nvcuda::wmma::fragment<Use, kSquare, kSquare, Format::kDepth, typename Format::Precision, Layout>;
  using Square = nvcuda::wmma::fragment<nvcuda::wmma::accumulator, kSquare, kSquare, Format::kDepth, float>;
  struct Running {
    Square of[kSquares];
  };

  static __device__ Element rounded(float x) { return Format::rounded(x); }

  static __device__ void clear(Running& running) {
    for (Square& square : running.of) nvcuda::wmma::fill_fragment(square, 0.0F);
  }

  static __device__ void add_products(const Factors& factors, Running& running) {
#pragma unroll
    for (int k = 0; k < Shape::kTerms; k += Format::kDepth) {
      Fragment<nvcuda::wmma::matrix_a, nvcuda::wmma::col_major> a;
      nvcuda::wmma::load_matrix_sync(a, &factors.a[k][square_row()], kTileRows + kGap);
#pragma unroll
      for (int i = 0; i < kSquares; ++i) {
        Fragment<nvcuda::wmma::matrix_b, nvcuda::wmma::row_major> b;
        nvcuda::wmma::load_matrix_sync(b, &factors.b[k][square_column() + i * kSquare], kTileColumns + kGap);
        nvcuda::wmma::mma_sync(running.of[i], a, b, running.of[i]);
      }
    }
  }

  /// By way of shared memory, since which thread holds which sum of a square is the hardware's secret.
  static __device__ typename Shape::Sums collect(const Running& running) {
    __shared__ Results all;
    for (int i = 0; i < kSquares; ++i) {
      nvcuda::wmma::store_matrix_sync(&all.of[square_row()][square_column() + i * kSquare], running.of[i], kTileColumns + 4,
                                      nvcuda::wmma::mem_row_major);
    }
    __syncthreads();
    typename Shape::Sums sums;
    for (int i = 0; i < Shape::kThreadRows; ++i) {
      for (int j = 0; j < Shape::kThreadColumns; ++j) sums.of[i][j] = all.of[Shape::first_row() + i][Shape::first_column() + j];
    }
    return sums;
  }

 private:
  static constexpr int kAcross = kTileColumns / (kSquare * kSquares);  // warps beside each other
  static __device__ int warp() { return static_cast<int>(threadIdx.x) / 32; }
  static __device__ int square_row() { return warp() / kAcross * kSquare; }
  static __device__ int square_column() { return warp() % kAcross * (kSquare * kSquares); }
};

#else

struct Tf32 {};
struct Bf16 {};

/// No tensor core takes such factors before Ampere, and Device::with_math refuses: this is never run.
template <int kTileRows, int kTileColumns, class Format>
struct TensorTile : Tile<kTileRows, kTileColumns> {};

#endif

/// kernel(tile) for the tile that multiplies as the device is to.
template <int kTileRows, int kTileColumns, class Kernel>
void with_tile(const Device& device, const Kernel& kernel) {
  switch (device.math()) {
    case Math::fp32:
      return kernel(Tile<kTileRows, kTileColumns>{});
    case Math::tf32:
      return kernel(TensorTile<kTileRows, kTileColumns, Tf32>{});
    case Math::bf16:
      return kernel(TensorTile<kTileRows, kTileColumns, Bf16>{});
  }
}

}  // namespace syncline::kernels::cuda
