// The convolution and the gradient of its input, each as one product: [channels out] x [pixel and sample], summed over the channels
// in and the taps. The samples of a pixel lie side by side, so threads beside each other read and write side by side.
//
// The gradient of the input is a convolution of dy, if it is taken one phase at a time: the pixels whose row and column leave
// the same remainders by the stride are reached by the same taps.
#include <algorithm>

#include "kernels/conv/tensor_tile.cuh"

namespace syncline::kernels::cuda {
namespace {

/// Along one axis: pixel i of the grid begins at first + i * step of the gathered image, tap t of `taps` lies sign * t further
/// and is the kernel's first_tap + t * tap_step; what comes out goes to first_out + i * out_step.
struct Axis {
  int pixels, first, step;
  int taps, sign, first_tap, tap_step;
  int first_out, out_step;
};

constexpr Axis forward_axis(const ConvShape& shape, int out_size) {
  return {out_size, -shape.padding, shape.stride, shape.kernel, 1, 0, 1, 0, 1};
}

/// Of the input's pixels phase, phase + stride, ... Output o reaches pixel o * stride + tap - padding.
constexpr Axis backward_axis(const ConvShape& shape, int size, int phase) {
  const int tap = (phase + shape.padding) % shape.stride;
  return {phase < size ? (size - phase - 1) / shape.stride + 1 : 0,
          (phase + shape.padding) / shape.stride,
          1,
          tap < shape.kernel ? (shape.kernel - tap - 1) / shape.stride + 1 : 0,
          -1,
          tap,
          shape.stride,
          phase,
          shape.stride};
}

/// One phase of a product: its parts are numbered [channel][tap row][tap column] and [row][column][sample].
struct Product {
  int rows, terms, columns;  // channels out, channels in x taps, pixels x samples
  int kernel;
  Image image;  // that is gathered from
  Axis down, across;
  int out_width, out_channel;      // floats
  int weight_channel, weight_row;  // from channel in to channel in, and from channel out to channel out: floats
};

constexpr Product product(const ConvShape& shape, int batch, bool backward, int phase) {
  const int taps = shape.kernel * shape.kernel;
  Product p{};
  p.kernel = shape.kernel;
  if (backward) {
    p.down = backward_axis(shape, shape.height, phase / shape.stride);
    p.across = backward_axis(shape, shape.width, phase % shape.stride);
    p.image = {shape.out_height(), shape.out_width(), batch};
    p.rows = shape.in_channels;
    p.terms = shape.out_channels * p.down.taps * p.across.taps;
    p.out_width = shape.width;
    p.out_channel = shape.height * shape.width * batch;
    p.weight_channel = shape.in_channels * taps;
    p.weight_row = taps;
  } else {
    p.down = forward_axis(shape, shape.out_height());
    p.across = forward_axis(shape, shape.out_width());
    p.image = {shape.height, shape.width, batch};
    p.rows = shape.out_channels;
    p.terms = shape.in_channels * taps;
    p.out_width = shape.out_width();
    p.out_channel = shape.out_height() * shape.out_width() * batch;
    p.weight_channel = taps;
    p.weight_row = shape.in_channels * taps;
  }
  p.columns = p.down.pixels * p.across.pixels * batch;
  return p;
}

/// The pixel and sample of column n; other: where its result goes.
__device__ Place pixel_of(const Product& p, int n) {
  if (n >= p.columns) return nowhere();
  const int sample = n % p.image.batch, pixel = n / p.image.batch;
  const int i = pixel / p.across.pixels, j = pixel % p.across.pixels;
  const int row = p.down.first + i * p.down.step, column = p.across.first + j * p.across.step;
  const int out_row = p.down.first_out + i * p.down.out_step, out_column = p.across.first_out + j * p.across.out_step;
  return {p.image.offset(0, row, column) + sample, row, column, (out_row * p.out_width + out_column) * p.image.batch + sample};
}

/// The channel and tap of term k; other: where its weight is.
__device__ Place tap_of(const Product& p, int k) {
  if (k >= p.terms) return nowhere();
  const int i = k / p.across.taps % p.down.taps, j = k % p.across.taps, channel = k / (p.across.taps * p.down.taps);
  const int row = p.down.sign * i, column = p.across.sign * j;
  const int weight_row = p.down.first_tap + i * p.down.tap_step, weight_column = p.across.first_tap + j * p.across.tap_step;
  return {p.image.offset(channel, row, column), row, column, channel * p.weight_channel + weight_row * p.kernel + weight_column};
}

/// What a thread has fetched of the next step's factors while it multiplies the last one's.
template <class T, int kSize>
struct Fetched {
  float a[T::kA];
  Pack<float, kSize> b[T::kB / kSize];
};

/// Of the step that begins at term k, whose places are in `taps`.
template <class T, int kSize>
__device__ void fetch(const Product& p, const float* from, const float* w, int first_row, int k, const Place* pixels,
                      const Place* taps, Fetched<T, kSize>& fetched) {
#pragma unroll
  for (int i = 0; i < T::kA; ++i) {
    const int unit = static_cast<int>(threadIdx.x) + i * T::kBlockThreads, term = unit % T::kTerms;
    const int row = first_row + unit / T::kTerms;
    fetched.a[i] = row < p.rows && k + term < p.terms ? w[row * p.weight_row + taps[term].other] : 0.0F;
  }
#pragma unroll
  for (int i = 0; i < T::kB / kSize; ++i) {
    const int unit = static_cast<int>(threadIdx.x) + i * T::kBlockThreads;
    const int column = unit % (T::kColumns / kSize) * kSize, term = unit / (T::kColumns / kSize);
    fetched.b[i] = gather<kSize>(p.image, from, pixels[column], taps[term]);
  }
}

template <class T, int kSize>
__device__ void put(const Fetched<T, kSize>& fetched, typename T::Factors& factors) {
#pragma unroll
  for (int i = 0; i < T::kA; ++i) {
    const int unit = static_cast<int>(threadIdx.x) + i * T::kBlockThreads;
    factors.a[unit % T::kTerms][unit / T::kTerms] = T::rounded(fetched.a[i]);
  }
#pragma unroll
  for (int i = 0; i < T::kB / kSize; ++i) {
    const int unit = static_cast<int>(threadIdx.x) + i * T::kBlockThreads;
    put_pack<T>(fetched.b[i], &factors.b[unit / (T::kColumns / kSize)][unit % (T::kColumns / kSize) * kSize]);
  }
}

/// The sums of a thread. Per step: what was fetched goes to shared memory, the next step's places are
/// looked up, and its factors are on their way while this one's are multiplied.
template <class T, int kSize>
__device__ typename T::Sums sum_products(const Product& p, const float* from, const float* w, int first_row,
                                         const Place* pixels) {
  __shared__ Place taps[T::kTerms];
  __shared__ typename T::Factors factors;
  Fetched<T, kSize> fetched;
  typename T::Running running;
  T::clear(running);
  const int thread = static_cast<int>(threadIdx.x);
  if (thread < T::kTerms) taps[thread] = tap_of(p, thread);
  __syncthreads();
  fetch(p, from, w, first_row, 0, pixels, taps, fetched);
  for (int k = 0; k < p.terms; k += T::kTerms) {
    __syncthreads();  // all have multiplied the last step's factors, and seen this one's places
    put<T>(fetched, factors);
    if (thread < T::kTerms) taps[thread] = tap_of(p, k + T::kTerms + thread);
    __syncthreads();
    if (k + T::kTerms < p.terms) fetch(p, from, w, first_row, k + T::kTerms, pixels, taps, fetched);
    T::add_products(factors, running);
  }
  return T::collect(running);
}

template <class T, int kSize>
__device__ void write(const Product& p, const typename T::Sums& sums, const float* bias, int first_row, const Place* pixels,
                      int columns, float* out) {
  for (int i = 0; i < T::kThreadRows; ++i) {
    const int row = first_row + T::first_row() + i;
    if (row >= p.rows) return;
    const float added = bias != nullptr ? bias[row] : 0.0F;
    for (int j = 0; j < T::kThreadColumns; j += kSize) {
      const int column = T::first_column() + j;
      if (column >= columns) break;
      Pack<float, kSize> pack;
      for (int l = 0; l < kSize; ++l) pack.of[l] = sums.of[i][j + l] + added;
      store_pack<kSize>(out + row * p.out_channel + pixels[column].other, pack);
    }
  }
}

/// One launch for all replicas (along y); along x, the tiles of all phases, those of the same pixels side by side.
template <class T, int kSize>
__global__ __launch_bounds__(T::kBlockThreads,
                             T::kBlocksAtOnce) void image_products(ConvShape shape, Replicas replicas, bool is_backward,
                                                                   int row_tiles, int column_tiles, Strided<const float> from,
                                                                   Strided<const float> w, Strided<const float> bias,
                                                                   Strided<float> out) {
  __shared__ Place pixels[T::kColumns];
  const int block = static_cast<int>(blockIdx.x);
  const Product p = product(shape, replicas.batch, is_backward, block / row_tiles / column_tiles);
  const int first_row = block % row_tiles * T::kRows, first_column = block / row_tiles % column_tiles * T::kColumns;
  if (first_column >= p.columns) return;  // a phase of fewer pixels than the first
  for (int n = static_cast<int>(threadIdx.x); n < T::kColumns; n += T::kBlockThreads) pixels[n] = pixel_of(p, first_column + n);
  for (std::int64_t r = blockIdx.y; r < replicas.count; r += gridDim.y) {
    const typename T::Sums sums = sum_products<T, kSize>(p, from.of(r), w.of(r), first_row, pixels);
    const float* added = bias.data != nullptr ? bias.of(r) : nullptr;
    write<T, kSize>(p, sums, added, first_row, pixels, p.columns - first_column, out.of(r));
  }
}

struct Operands {
  Strided<const float> from, w, bias;
  Strided<float> out;
};

template <class T>
void launch_tiles(const Device& device, const char* what, const ConvShape& shape, Replicas replicas, bool backward,
                  const Operands& o) {
  const Product first = product(shape, replicas.batch, backward, 0);  // no phase has more pixels
  const int row_tiles = parts_of(first.rows, T::kRows), column_tiles = parts_of(first.columns, T::kColumns);
  const std::int64_t phases = backward ? shape.stride * shape.stride : 1;
  const auto kernel = take_packs(replicas.batch, o.from, o.out) ? image_products<T, kPackSize> : image_products<T, 1>;
  launch(device, what, kernel, {.x = phases * row_tiles * column_tiles, .y = replicas.count, .threads = T::kBlockThreads}, shape,
         replicas, backward, row_tiles, column_tiles, o.from, o.w, o.bias, o.out);
}

/// Tiles as high as the channels need: those beyond them are multiplied in vain.
void launch_products(const Device& device, const char* what, const ConvShape& shape, Replicas replicas, bool backward,
                     const Operands& operands) {
  check_size(shape, replicas.batch, what);
  const int rows = backward ? shape.in_channels : shape.out_channels;
  const auto with = [&](auto tile) { launch_tiles<decltype(tile)>(device, what, shape, replicas, backward, operands); };
  if (rows <= 16) {
    with_tile<16, 256>(device, with);
  } else if (rows <= 32) {
    with_tile<32, 128>(device, with);
  } else {
    with_tile<64, 64>(device, with);
  }
}

}  // namespace

void conv_forward(const Device& device, const ConvShape& shape, Replicas replicas, Strided<const float> x, Strided<const float> w,
                  Strided<const float> bias, Strided<float> y) {
  launch_products(device, "conv_forward", shape, replicas, false, {x, w, bias, y});
}

void conv_backward_input(const Device& device, const ConvShape& shape, Replicas replicas, Strided<const float> dy,
                         Strided<const float> w, Strided<float> dx) {
  launch_products(device, "conv_backward_input", shape, replicas, true, {dy, w, {}, dx});
}

}  // namespace syncline::kernels::cuda
