// Takes the place of the CUDA toolkit's header where SYNCLINE_CUDA=EMULATED: products of small matrices by a warp, as tensor cores
// make them. Every lane keeps both factors whole, and of the sums half a row; which sums a lane has is nobody's business, as on a
// GPU. Products are added in the order of their terms; tensor cores promise none.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "tests/emulated_cuda/emulator.h"
#include "tests/emulated_cuda/include/cuda_bf16.h"

namespace nvcuda::wmma {

struct matrix_a {};
struct matrix_b {};
struct accumulator {};
struct row_major {};
struct col_major {};
enum layout_t { mem_row_major, mem_col_major };
namespace precision {
struct tf32 {};
}  // namespace precision

/// To the nearest of 10 bits of mantissa, ties away from 0.
inline float __float_to_tf32(float x) {
  if (!std::isfinite(x)) return x;
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(x) + 0x1000) & ~0x1fffU);
}

inline float to_float(float x) { return x; }
inline float to_float(__nv_bfloat16 x) { return __bfloat162float(x); }

template <class Use, int m, int n, int k, class T, class Layout = void>
struct fragment;

template <int m, int n, int k, class T, class Layout>
struct fragment<matrix_a, m, n, k, T, Layout> {
  static constexpr bool kIsColumns = std::is_same_v<Layout, col_major>;
  float of[m][k];
};
template <int m, int n, int k, class T, class Layout>
struct fragment<matrix_b, m, n, k, T, Layout> {
  static constexpr bool kIsColumns = std::is_same_v<Layout, col_major>;
  float of[k][n];
};
template <int m, int n, int k>
struct fragment<accumulator, m, n, k, float, void> {
  static_assert(m == 16 && n == 16, "a lane has half a row");
  static constexpr int num_elements = 8;
  float x[num_elements];
};

inline void check_matrix(const char* operation, const void* data, unsigned stride, std::size_t element,
                         syncline::emulated::Where where) {
  syncline::emulated::meet_warp(operation, ~0U, 0, syncline::emulated::lane(), where);
  const bool begins = reinterpret_cast<std::uintptr_t>(data) % 32 == 0, goes_on = stride * element % 16 == 0;
  if (!begins || !goes_on)
    syncline::emulated::die(std::string(operation) + " of a matrix that is not on 32 bytes, or its rows on 16");
}

template <class Fragment, class T>
void load_matrix_sync(Fragment& to, const T* from, unsigned stride,
                      syncline::emulated::Where where = syncline::emulated::Where::current()) {
  check_matrix("load_matrix_sync", from, stride, sizeof(T), where);
  for (std::size_t row = 0; row < std::size(to.of); ++row) {
    for (std::size_t column = 0; column < std::size(to.of[0]); ++column) {
      to.of[row][column] = to_float(from[Fragment::kIsColumns ? column * stride + row : row * stride + column]);
    }
  }
}

template <int m, int n, int k>
void fill_fragment(fragment<accumulator, m, n, k, float>& to, float value) {
  for (float& x : to.x) x = value;
}

template <int m, int n, int k, class T, class LayoutA, class LayoutB>
void mma_sync(fragment<accumulator, m, n, k, float>& sum, const fragment<matrix_a, m, n, k, T, LayoutA>& a,
              const fragment<matrix_b, m, n, k, T, LayoutB>& b, const fragment<accumulator, m, n, k, float>& added,
              syncline::emulated::Where where = syncline::emulated::Where::current()) {
  syncline::emulated::meet_warp("mma_sync", ~0U, 0, syncline::emulated::lane(), where);
  const int row = syncline::emulated::lane() / 2, first = syncline::emulated::lane() % 2 * 8;
  for (int j = 0; j < 8; ++j) {
    float total = added.x[j];
    for (int l = 0; l < k; ++l) total += a.of[row][l] * b.of[l][first + j];
    sum.x[j] = total;
  }
}

template <int m, int n, int k>
void store_matrix_sync(float* to, const fragment<accumulator, m, n, k, float>& from, unsigned stride, layout_t layout,
                       syncline::emulated::Where where = syncline::emulated::Where::current()) {
  check_matrix("store_matrix_sync", to, stride, sizeof(float), where);
  const int row = syncline::emulated::lane() / 2, first = syncline::emulated::lane() % 2 * 8;
  for (int j = 0; j < 8; ++j) {
    to[layout == mem_row_major ? row * stride + first + j : (first + j) * stride + row] = from.x[j];
  }
  syncline::emulated::meet_warp("store_matrix_sync", ~0U, 0, syncline::emulated::lane(), where);
}

}  // namespace nvcuda::wmma
