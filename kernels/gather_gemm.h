// The two inner products that dense and convolution layers come down to, for matrices whose rows lie anywhere in memory.
// Both use fused multiply-add and sum in an order that depends on neither the machine's vectors nor its threads.
#pragma once

#include <cstdint>
#include <vector>

namespace syncline::kernels {

/// Element (m, k) is data[m * row + k * column].
struct GemmMatrix {
  const float* data;
  std::int64_t row, column;
};

/// Columns of a product that lie side by side: up to 16 of them at b + from, to be written at c + to.
struct GemmColumns {
  std::int64_t from, to;
  int count;
};

/// A row of `width` columns in groups of 16, appended to `columns`.
void add_columns(std::int64_t from, std::int64_t to, std::int64_t width, std::vector<GemmColumns>& columns);

/// c[m * c_row + to + j] = bias[m] (0 where bias is null) + sum over k of a(m, k) * b[from + offset[k] + j], in the order of k,
/// for m < rows and every group {from, to, count} of columns, j < count. At b + from + offset[k], 16 floats must be readable.
void gather_gemm(int rows, const GemmMatrix& a, const std::vector<std::int64_t>& offset, const float* b,
                 const std::vector<GemmColumns>& columns, const float* bias, float* c, std::int64_t c_row);

/// c[m * c_row + k] = sum over places p and samples j < width of a[m * a_row + p * width + j] * b[place[p] + offset[k] + j].
/// width is a multiple of 16. Lane l sums the samples j = l, l + 16, ... place by place; the lanes are folded at the end.
void gather_products(int rows, std::int64_t width, const float* a, std::int64_t a_row, const std::vector<std::int64_t>& place,
                     const std::vector<std::int64_t>& offset, const float* b, float* c, std::int64_t c_row);

/// The sum of n floats, 16 lanes folded at the end.
float lane_total(const float* from, std::int64_t n);

constexpr std::int64_t whole_lanes(std::int64_t n) { return (n + 15) / 16 * 16; }

/// `size` floats of the calling thread's own, on a 64-byte boundary, undefined at first; good until the thread asks for the
/// same slot (0 or 1) again.
float* gemm_scratch(int slot, std::int64_t size);

/// A copy of rows of `width` floats in rows of whole_lanes(width), filled up with zeros.
void pad_rows(std::int64_t rows, std::int64_t width, const float* from, float* to);

}  // namespace syncline::kernels
