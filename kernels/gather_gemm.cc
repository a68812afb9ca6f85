// Compiled with -ffp-contract=fast: a * b + c on lanes is one fused operation.
#include "kernels/gather_gemm.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>

#include "kernels/lanes.h"

namespace syncline::kernels {
namespace {

constexpr int kMostRows = 6;  // 6 x 2 sums or 6 x 4 sums stay in the 32 registers of AVX-512
constexpr int kTaps = 4;

struct GemmTile {
  GemmMatrix a;
  const std::int64_t* offset;
  std::int64_t depth;
  const float* b;
  const float* bias;
  float* c;
  std::int64_t c_row, left;
};

template <int kRows, int kVectors>
void multiply(const GemmTile& t) {
  Lanes sum[kRows][kVectors];
  for (int m = 0; m < kRows; ++m) {
    for (int v = 0; v < kVectors; ++v) sum[m][v] = Lanes{} + (t.bias == nullptr ? 0.0F : t.bias[m]);
  }
  const float* a = t.a.data;
  for (std::int64_t k = 0; k < t.depth; ++k, a += t.a.column) {
    const float* b = t.b + t.offset[k];
    Lanes right[kVectors];
    for (int v = 0; v < kVectors; ++v) right[v] = load<Lanes>(b + v * kLanes);
    for (int m = 0; m < kRows; ++m) {
      for (int v = 0; v < kVectors; ++v) sum[m][v] += right[v] * a[m * t.a.row];
    }
  }
  for (int m = 0; m < kRows; ++m) {
    for (int v = 0; v < kVectors; ++v) store_up_to(t.c + m * t.c_row + v * kLanes, sum[m][v], t.left - v * kLanes);
  }
}

template <int kVectors>
void multiply_rows(int rows, const GemmTile& tile) {
  constexpr std::array kernels{multiply<1, kVectors>, multiply<2, kVectors>, multiply<3, kVectors>,
                               multiply<4, kVectors>, multiply<5, kVectors>, multiply<6, kVectors>};
  kernels[static_cast<std::size_t>(rows - 1)](tile);
}

struct ProductTile {
  std::int64_t width;
  const float* a;
  std::int64_t a_row;
  const std::int64_t* place;
  std::int64_t places;
  std::array<std::int64_t, kTaps> offset;
  const float* b;
  float* c;
  std::int64_t c_row;
  int taps;
};

template <int kRows>
void accumulate(const ProductTile& t) {
  Lanes sum[kRows][kTaps] = {};
  const float* a = t.a;
  for (std::int64_t p = 0; p < t.places; ++p) {
    const float* b = t.b + t.place[p];
    for (std::int64_t j = 0; j < t.width; j += kLanes, a += kLanes) {
      Lanes right[kTaps];
      for (int k = 0; k < kTaps; ++k) right[k] = load<Lanes>(b + t.offset[static_cast<std::size_t>(k)] + j);
      for (int m = 0; m < kRows; ++m) {
        const Lanes left = load<Lanes>(a + m * t.a_row);
        for (int k = 0; k < kTaps; ++k) sum[m][k] += left * right[k];
      }
    }
  }
  for (int m = 0; m < kRows; ++m) {
    for (int k = 0; k < t.taps; ++k) t.c[m * t.c_row + k] = fold(sum[m][k]);
  }
}

void accumulate_rows(int rows, const ProductTile& tile) {
  constexpr std::array kernels{accumulate<1>, accumulate<2>, accumulate<3>, accumulate<4>, accumulate<5>, accumulate<6>};
  kernels[static_cast<std::size_t>(rows - 1)](tile);
}

/// body(first row, rows) for tiles of nearly equal height.
template <class Body>
void for_each_row_tile(int rows, const Body& body) {
  const int tiles = (rows + kMostRows - 1) / kMostRows;
  for (int t = 0; t < tiles; ++t) {
    const int begin = rows * t / tiles;
    body(begin, rows * (t + 1) / tiles - begin);
  }
}

struct AlignedDelete {
  void operator()(float* p) const { ::operator delete[](p, std::align_val_t{64}); }
};

}  // namespace

void gather_gemm(int rows, std::int64_t width, const GemmMatrix& a, const std::vector<std::int64_t>& offset, const float* b,
                 const float* bias, float* c, std::int64_t c_row) {
  for (std::int64_t j = 0; j < width; j += 2 * kLanes) {
    for_each_row_tile(rows, [&](int m, int height) {
      const GemmTile tile{{a.data + m * a.row, a.row, a.column},
                          offset.data(),
                          static_cast<std::int64_t>(offset.size()),
                          b + j,
                          bias == nullptr ? nullptr : bias + m,
                          c + m * c_row + j,
                          c_row,
                          width - j};
      width - j > kLanes ? multiply_rows<2>(height, tile) : multiply_rows<1>(height, tile);
    });
  }
}

void gather_products(int rows, std::int64_t width, const float* a, std::int64_t a_row, const std::vector<std::int64_t>& place,
                     const std::vector<std::int64_t>& offset, const float* b, float* c, std::int64_t c_row) {
  const auto taps = static_cast<std::int64_t>(offset.size());
  for_each_row_tile(rows, [&](int m, int height) {
    for (std::int64_t k = 0; k < taps; k += kTaps) {
      ProductTile tile{width,
                       a + m * a_row,
                       a_row,
                       place.data(),
                       static_cast<std::int64_t>(place.size()),
                       {},
                       b,
                       c + m * c_row + k,
                       c_row,
                       static_cast<int>(std::min<std::int64_t>(kTaps, taps - k))};
      tile.offset.fill(offset[static_cast<std::size_t>(k)]);
      std::copy_n(offset.begin() + k, tile.taps, tile.offset.begin());
      accumulate_rows(height, tile);
    }
  });
}

float lane_total(const float* from, std::int64_t n) {
  Lanes sum{};
  for (std::int64_t i = 0; i < n; i += kLanes) sum += load_up_to<Lanes>(from + i, n - i);
  return fold(sum);
}

float* gemm_scratch(int slot, std::int64_t size) {
  struct Memory {
    std::unique_ptr<float[], AlignedDelete> data;
    std::int64_t size = 0;
  };
  thread_local std::array<Memory, 2> slots;
  Memory& memory = slots[static_cast<std::size_t>(slot)];
  if (memory.size < size) {
    memory.data.reset(
        static_cast<float*>(::operator new[](static_cast<std::size_t>(size) * sizeof(float), std::align_val_t{64})));
    memory.size = size;
  }
  return memory.data.get();
}

void pad_rows(std::int64_t rows, std::int64_t width, const float* from, float* to) {
  const std::int64_t padded = whole_lanes(width);
  for (std::int64_t i = 0; i < rows; ++i) {
    std::copy_n(from + i * width, width, to + i * padded);
    std::fill_n(to + i * padded + width, padded - width, 0.0F);
  }
}

}  // namespace syncline::kernels
