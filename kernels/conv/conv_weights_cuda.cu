// The gradients of a convolution's weights, as one product: [channels out] x [channel in and tap, and the bias], summed over the
// pixels and samples of dy. That sum is long and the product small, so parts of the sum are made by different blocks; a second
// kernel adds the parts in their order. How long a part is depends on the layer and the batch only, not on what else runs.
#include <algorithm>

#include "kernels/conv/tensor_tile.cuh"
#include "kernels/device_cuda.h"

namespace syncline::kernels::cuda {
namespace {

constexpr int kShortestPart = 512, kMostParts = 64;

struct Product {
  int rows, terms, columns;  // channels out, pixels x samples, channels in x taps and the bias
  int taps;                  // channels in x taps; the bias is the column after them
  int part, parts;           // the terms of a part
  ConvShape shape;
  Image image;  // x
};

constexpr Product product_of(const ConvShape& shape, int batch, bool biased) {
  Product p{};
  p.shape = shape;
  p.image = {shape.height, shape.width, batch};
  p.rows = shape.out_channels;
  p.terms = shape.out_height() * shape.out_width() * batch;
  p.taps = shape.in_channels * shape.kernel * shape.kernel;
  p.columns = p.taps + (biased ? 1 : 0);
  const int part = parts_of(p.terms, kMostParts);
  p.part = part <= kShortestPart ? kShortestPart : parts_of(part, 16) * 16;  // whole steps and packs
  p.parts = parts_of(p.terms, p.part);
  return p;
}

/// The pixel and sample of term k.
__device__ Place pixel_of(const Product& p, int k) {
  if (k >= p.terms) return nowhere();
  const int sample = k % p.image.batch, pixel = k / p.image.batch, width = p.shape.out_width();
  const int row = pixel / width * p.shape.stride - p.shape.padding, column = pixel % width * p.shape.stride - p.shape.padding;
  return {p.image.offset(0, row, column) + sample, row, column, 0};
}

/// The channel and tap of column n; other: whether it is the bias, whose factor is 1 everywhere.
__device__ Place tap_of(const Product& p, int n) {
  if (n >= p.taps) {
    Place beyond = nowhere();
    beyond.other = n == p.taps ? 1 : 0;
    return beyond;
  }
  const int kernel = p.shape.kernel, i = n / kernel % kernel, j = n % kernel;
  return {p.image.offset(n / (kernel * kernel), i, j), i, j, 0};
}

/// What a thread has fetched of the next step's factors while it multiplies the last one's: packs of terms.
template <class T, int kSize>
struct Fetched {
  Pack<float, kSize> a[T::kA / kSize], b[T::kB / kSize];
};

/// The step that begins at term k and whose places are in `pixels`; the part ends before `end`.
template <class T, int kSize>
__device__ void fetch(const Product& p, const float* x, const float* dy, int first_row, int k, int end, const Place* pixels,
                      const Place* taps, Fetched<T, kSize>& fetched) {
  constexpr int kUnits = T::kTerms / kSize;  // to a row
  const int thread = static_cast<int>(threadIdx.x);
#pragma unroll
  for (int i = 0; i < T::kA / kSize; ++i) {
    const int unit = thread + i * T::kBlockThreads, term = k + unit % kUnits * kSize, row = first_row + unit / kUnits;
    fetched.a[i] = {};
    if (row < p.rows && term < end) fetched.a[i] = load_pack<kSize>(dy + row * p.terms + term);
  }
#pragma unroll
  for (int i = 0; i < T::kB / kSize; ++i) {
    const int unit = thread + i * T::kBlockThreads;
    const Place &pixel = pixels[unit % kUnits * kSize], &tap = taps[unit / kUnits];
    fetched.b[i] = gather<kSize>(p.image, x, pixel, tap);
    for (int j = 0; j < kSize; ++j) fetched.b[i].of[j] = tap.other == 1 ? 1.0F : fetched.b[i].of[j];
  }
}

template <class T, int kSize>
__device__ void put(const Fetched<T, kSize>& fetched, typename T::Factors& factors) {
  constexpr int kUnits = T::kTerms / kSize;
  const int thread = static_cast<int>(threadIdx.x);
#pragma unroll
  for (int i = 0; i < T::kA / kSize; ++i) {
    const int unit = thread + i * T::kBlockThreads;
    for (int j = 0; j < kSize; ++j) factors.a[unit % kUnits * kSize + j][unit / kUnits] = T::rounded(fetched.a[i].of[j]);
  }
#pragma unroll
  for (int i = 0; i < T::kB / kSize; ++i) {
    const int unit = thread + i * T::kBlockThreads;
    for (int j = 0; j < kSize; ++j) factors.b[unit % kUnits * kSize + j][unit / kUnits] = T::rounded(fetched.b[i].of[j]);
  }
}

/// The terms from begin to end. Steps overlap as in the convolution itself (conv_cuda.cu).
template <class T, int kSize>
__device__ typename T::Sums sum_products(const Product& p, const float* x, const float* dy, int first_row, int begin, int end,
                                         const Place* taps) {
  __shared__ Place pixels[T::kTerms];
  __shared__ typename T::Factors factors;
  Fetched<T, kSize> fetched;
  typename T::Running running;
  T::clear(running);
  const int thread = static_cast<int>(threadIdx.x);
  if (thread < T::kTerms) pixels[thread] = pixel_of(p, begin + thread);
  __syncthreads();
  fetch(p, x, dy, first_row, begin, end, pixels, taps, fetched);
  for (int k = begin; k < end; k += T::kTerms) {
    __syncthreads();  // all have multiplied the last step's factors, and seen this one's places
    put<T>(fetched, factors);
    if (thread < T::kTerms) pixels[thread] = pixel_of(p, k + T::kTerms + thread);
    __syncthreads();
    if (k + T::kTerms < end) fetch(p, x, dy, first_row, k + T::kTerms, end, pixels, taps, fetched);
    T::add_products(factors, running);
  }
  return T::collect(running);
}

/// Element i of a replica's [channel out][channel in and tap, and the bias] goes to dw, or to dbias.
__device__ void write(const Product& p, int row, int column, float sum, float* dw, float* dbias) {
  if (column < p.taps) {
    dw[row * p.taps + column] = sum;
  } else {
    dbias[row] = sum;
  }
}

/// Along x: the tiles of a part, part by part; along y: replicas. To parts [replica][part][row][column]; where there is only
/// one part, to dw and dbias.
template <class T, int kSize>
__global__ __launch_bounds__(T::kBlockThreads, T::kBlocksAtOnce) void weight_products(Product p, int count, int row_tiles,
                                                                                      int column_tiles, Strided<const float> x,
                                                                                      Strided<const float> dy, float* parts,
                                                                                      Strided<float> dw, Strided<float> dbias) {
  __shared__ Place taps[T::kColumns];
  const int block = static_cast<int>(blockIdx.x), part = block / row_tiles / column_tiles;
  const int first_row = block % row_tiles * T::kRows, first_column = block / row_tiles % column_tiles * T::kColumns;
  const int begin = part * p.part, end = begin + p.part < p.terms ? begin + p.part : p.terms;
  for (int n = static_cast<int>(threadIdx.x); n < T::kColumns; n += T::kBlockThreads) taps[n] = tap_of(p, first_column + n);
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    const typename T::Sums sums = sum_products<T, kSize>(p, x.of(r), dy.of(r), first_row, begin, end, taps);
    for (int i = 0; i < T::kThreadRows; ++i) {
      for (int j = 0; j < T::kThreadColumns; ++j) {
        const int row = first_row + T::first_row() + i, column = first_column + T::first_column() + j;
        if (row >= p.rows || column >= p.columns) continue;
        if (p.parts == 1) {
          write(p, row, column, sums.of[i][j], dw.of(r), dbias.of(r));
        } else {
          parts[((r * p.parts + part) * p.rows + row) * p.columns + column] = sums.of[i][j];
        }
      }
    }
  }
}

__global__ void add_parts(Product p, int count, const float* parts, Strided<float> dw, Strided<float> dbias) {
  const std::int64_t i = this_element(), size = std::int64_t{p.rows} * p.columns;
  if (i >= size) return;
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    float sum = 0;
    for (int part = 0; part < p.parts; ++part) sum += parts[(r * p.parts + part) * size + i];
    write(p, static_cast<int>(i) / p.columns, static_cast<int>(i) % p.columns, sum, dw.of(r), dbias.of(r));
  }
}

template <class T>
void launch_tiles(const Device& device, const Product& p, int count, Strided<const float> x, Strided<const float> dy,
                  float* parts, Strided<float> dw, Strided<float> dbias) {
  const int row_tiles = parts_of(p.rows, T::kRows), column_tiles = parts_of(p.columns, T::kColumns);
  const auto kernel = take_packs(p.image.batch, x, dy) ? weight_products<T, kPackSize> : weight_products<T, 1>;
  launch(device, "conv_backward_weights", kernel,
         {.x = std::int64_t{row_tiles} * column_tiles * p.parts, .y = count, .threads = T::kBlockThreads}, p, count, row_tiles,
         column_tiles, x, dy, parts, dw, dbias);
}

}  // namespace

void conv_backward_weights(const Device& device, const ConvShape& shape, Replicas replicas, Strided<const float> x,
                           Strided<const float> dy, Strided<float> dw, Strided<float> dbias) {
  check_size(shape, replicas.batch, "conv_backward_weights");
  const Product p = product_of(shape, replicas.batch, dbias.data != nullptr);
  const std::int64_t size = std::int64_t{p.rows} * p.columns, floats = p.parts == 1 ? 0 : size * p.parts * replicas.count;
  const std::shared_ptr<void> scratch = allocate_scratch(device, static_cast<std::size_t>(floats) * sizeof(float));
  auto* const parts = static_cast<float*>(scratch.get());
  const auto with = [&](auto tile) { launch_tiles<decltype(tile)>(device, p, replicas.count, x, dy, parts, dw, dbias); };
  if (p.rows <= 16) {
    with_tile<16, 64>(device, with);
  } else if (p.rows <= 32) {
    with_tile<32, 64>(device, with);
  } else {
    with_tile<64, 64>(device, with);
  }
  if (p.parts == 1) return;
  launch(device, "conv_backward_weights, sum", add_parts, {blocks_for(size), replicas.count}, p, replicas.count, parts, dw,
         dbias);
}

}  // namespace syncline::kernels::cuda
