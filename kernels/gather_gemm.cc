// Compiled with -ffp-contract=fast: a * b + c on lanes is one fused operation.
#include "kernels/gather_gemm.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "kernels/lanes.h"

namespace syncline::kernels {
namespace {

// Sums that stay in registers: 24 vectors of the 32 that AVX-512 has, 12 (of half the length) of the 16 that AVX2 has.
#ifdef __AVX512F__
constexpr int kMostRows = 6, kGroups = 4, kTaps = 4;
#else
constexpr int kMostRows = 3, kGroups = 2, kTaps = 2;
#endif

struct GemmTile {
  GemmMatrix a;
  const std::int64_t* offset;
  std::int64_t depth;
  const float* b;
  const GemmColumns* columns;
  const float* bias;
  float* c;
  std::int64_t c_row;
};

template <int kRows, int kColumns>
void multiply(const GemmTile& t) {
  Lanes sum[kRows][kColumns];
  const float* right_of[kColumns];
  for (int m = 0; m < kRows; ++m) {
    for (int v = 0; v < kColumns; ++v) sum[m][v] = t.bias == nullptr ? 0.0F : t.bias[m];
  }
  for (int v = 0; v < kColumns; ++v) right_of[v] = t.b + t.columns[v].from;
  const float* a = t.a.data;
  for (std::int64_t k = 0; k < t.depth; ++k, a += t.a.column) {
    const std::int64_t offset = t.offset[k];
    Lanes right[kColumns];
    for (int v = 0; v < kColumns; ++v) right[v] = load<Lanes>(right_of[v] + offset);
    for (int m = 0; m < kRows; ++m) {
      for (int v = 0; v < kColumns; ++v) sum[m][v] += right[v] * a[m * t.a.row];
    }
  }
  for (int m = 0; m < kRows; ++m) {
    for (int v = 0; v < kColumns; ++v) store_up_to(t.c + m * t.c_row + t.columns[v].to, sum[m][v], t.columns[v].count);
  }
}

using Multiply = void (*)(const GemmTile&);

/// [groups of columns - 1][rows - 1]
template <int... kRows>
constexpr auto multiplications(std::integer_sequence<int, kRows...>) {
  return std::array{
      std::array<Multiply, kMostRows>{multiply<kRows + 1, 1>...}, std::array<Multiply, kMostRows>{multiply<kRows + 1, 2>...}
#ifdef __AVX512F__
      ,
      std::array<Multiply, kMostRows>{multiply<kRows + 1, 3>...}, std::array<Multiply, kMostRows>{multiply<kRows + 1, 4>...}
#endif
  };
}
constexpr auto kMultiply = multiplications(std::make_integer_sequence<int, kMostRows>{});

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
  Lanes sum[kRows][kTaps];
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

template <int... kRows>
constexpr auto accumulations(std::integer_sequence<int, kRows...>) {
  return std::array{accumulate<kRows + 1>...};
}
constexpr auto kAccumulate = accumulations(std::make_integer_sequence<int, kMostRows>{});

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

void add_columns(std::int64_t from, std::int64_t to, std::int64_t width, std::vector<GemmColumns>& columns) {
  for (std::int64_t j = 0; j < width; j += kLanes) {
    columns.push_back({from + j, to + j, static_cast<int>(std::min<std::int64_t>(kLanes, width - j))});
  }
}

void gather_gemm(int rows, const GemmMatrix& a, const std::vector<std::int64_t>& offset, const float* b,
                 const std::vector<GemmColumns>& columns, const float* bias, float* c, std::int64_t c_row) {
  for (std::size_t group = 0; group < columns.size(); group += kGroups) {
    const std::size_t groups = std::min<std::size_t>(kGroups, columns.size() - group);
    for_each_row_tile(rows, [&](int m, int height) {
      kMultiply[groups - 1][static_cast<std::size_t>(height - 1)]({{a.data + m * a.row, a.row, a.column},
                                                                   offset.data(),
                                                                   static_cast<std::int64_t>(offset.size()),
                                                                   b,
                                                                   columns.data() + group,
                                                                   bias == nullptr ? nullptr : bias + m,
                                                                   c + m * c_row,
                                                                   c_row});
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
      kAccumulate[static_cast<std::size_t>(height - 1)](tile);
    }
  });
}

float lane_total(const float* from, std::int64_t n) {
  Lanes sum;
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
