#include "kernels/layer_norm/layer_norm.h"
#include "kernels/moments.h"
#include "kernels/pair_sum.cuh"

namespace syncline::kernels::cuda {
namespace {

constexpr int kColumns = 32;                               // of a block: places side by side, one for each lane of a warp
constexpr int kColumnThreads = kColumns * kFeatureChunks;  // each warp takes a chunk of the features

/// A replica's places, and which of them is this thread's: the last for threads beyond the end, which store nothing.
struct Column {
  int places, place, chunk;
  bool inside;
};

__device__ Column this_column(int places) {
  const int place = static_cast<int>(blockIdx.x * kColumns + threadIdx.x % kColumns);
  const bool inside = place < places;
  return {places, inside ? place : places - 1, static_cast<int>(threadIdx.x / kColumns), inside};
}

/// The chunked_sum of term(feature) for the column, on all of its threads. All threads of the block come here.
template <class Term>
__device__ Pair sum_of_column(int features, const Column& column, const Term& term) {
  __shared__ Pair chunks[kFeatureChunks][kColumns];
  const int size = features_of_chunk(features), begin = column.chunk * size;
  const int end = begin + size < features ? begin + size : features;
  Pair mine{};
#pragma unroll 8
  for (int f = begin; f < end; ++f) mine += term(f);
  __syncthreads();  // all have read what the last call left
  chunks[column.chunk][threadIdx.x % kColumns] = mine;
  __syncthreads();
  Pair sum{};
  for (const auto& chunk : chunks) sum += chunk[threadIdx.x % kColumns];
  return sum;
}

/// x and y of a replica's column in one block; mean and scale by its first warp.
__global__ void __launch_bounds__(kColumnThreads)
    normalise(LayerNormShape shape, Replicas replicas, Strided<const float> x, Strided<const float> weight,
              Strided<const float> bias, Strided<float> y, Strided<float> mean, Strided<float> scale) {
  const Column column = this_column(shape.positions * replicas.batch);
  for (std::int64_t r = blockIdx.y; r < replicas.count; r += gridDim.y) {
    const float* const from = x.of(r) + column.place;
    const float shift = *from;
    const Pair sums = sum_of_column(shape.features, column, [&](int f) { return moment_terms(from[f * column.places], shift); });
    const float center = mean_of(shift, sums, shape.features);
    const auto factor = static_cast<float>(1 / sqrt(variance_of(sums, shape.features) + static_cast<double>(shape.epsilon)));
    if (!column.inside) continue;
    if (column.chunk == 0) {
      mean.of(r)[column.place] = center;
      scale.of(r)[column.place] = factor;
    }
#pragma unroll 4
    for (int f = column.chunk; f < shape.features; f += kFeatureChunks) {
      const int i = f * column.places;
      y.of(r)[i + column.place] = (from[i] - center) * factor * weight.of(r)[f] + bias.of(r)[f];
    }
  }
}

/// dx of a replica's column in one block.
__global__ void __launch_bounds__(kColumnThreads)
    back_through(LayerNormShape shape, Replicas replicas, Strided<const float> x, Strided<const float> dy,
                 Strided<const float> weight, Strided<const float> mean, Strided<const float> scale, Strided<float> dx) {
  const Column column = this_column(shape.positions * replicas.batch);
  const float share = 1.0F / static_cast<float>(shape.features);
  for (std::int64_t r = blockIdx.y; r < replicas.count; r += gridDim.y) {
    const float *const from = x.of(r) + column.place, *const gradients = dy.of(r) + column.place, *const slopes = weight.of(r);
    const float center = mean.of(r)[column.place], factor = scale.of(r)[column.place];
    const auto gradient = [&](int f) { return gradients[f * column.places] * slopes[f]; };
    const auto normal = [&](int f) { return (from[f * column.places] - center) * factor; };
    const Pair sums = sum_of_column(shape.features, column, [&](int f) {
      const float g = gradient(f);
      return Pair{g, g * normal(f)};
    });
    const float offset = static_cast<float>(sums.first) * share, pull = static_cast<float>(sums.second) * share;
    if (!column.inside) continue;
#pragma unroll 4
    for (int f = column.chunk; f < shape.features; f += kFeatureChunks) {
      dx.of(r)[f * column.places + column.place] = (gradient(f) - offset - normal(f) * pull) * factor;
    }
  }
}

/// The terms of a feature's dbias and dweight.
struct GradientTerms {
  Strided<const float> x, dy, mean, scale;
  std::int64_t places;
  struct OfFeature {
    const float *x, *dy, *mean, *scale;
    __device__ Pair operator()(std::int64_t p) const { return {dy[p], dy[p] * ((x[p] - mean[p]) * scale[p])}; }
  };
  __device__ OfFeature operator()(int r, int feature) const {
    return {x.of(r) + feature * places, dy.of(r) + feature * places, mean.of(r), scale.of(r)};
  }
};

struct Gradients {
  Strided<float> dweight, dbias;
  __device__ void operator()(int r, int feature, const Pair& sums) const {
    dbias.of(r)[feature] = static_cast<float>(sums.first);
    dweight.of(r)[feature] = static_cast<float>(sums.second);
  }
};

Grid grid_of(const LayerNormShape& shape, Replicas replicas, const char* what) {
  as_int(std::int64_t{shape.features} * shape.positions * replicas.batch, what);
  return {
      .x = blocks_for(std::int64_t{shape.positions} * replicas.batch, kColumns), .y = replicas.count, .threads = kColumnThreads};
}

}  // namespace

void layer_norm_forward(const Device& device, const LayerNormShape& shape, Replicas replicas, Strided<const float> x,
                        Strided<const float> weight, Strided<const float> bias, Strided<float> y, Strided<float> mean,
                        Strided<float> scale) {
  constexpr const char* kWhat = "layer_norm_forward";
  launch(device, kWhat, normalise, grid_of(shape, replicas, kWhat), shape, replicas, x, weight, bias, y, mean, scale);
}

void layer_norm_backward(const Device& device, const LayerNormShape& shape, Replicas replicas, Strided<const float> x,
                         Strided<const float> dy, Strided<const float> weight, Strided<const float> mean,
                         Strided<const float> scale, Strided<float> dx, Strided<float> dweight, Strided<float> dbias) {
  constexpr const char* kWhat = "layer_norm_backward";
  const Grid grid = grid_of(shape, replicas, kWhat);
  const std::int64_t places = std::int64_t{shape.positions} * replicas.batch;
  launch_pair_sums(device, kWhat, replicas.count, shape.features, places, GradientTerms{x, dy, mean, scale, places},
                   Gradients{dweight, dbias});
  launch(device, kWhat, back_through, grid, shape, replicas, x, dy, weight, mean, scale, dx);
}

}  // namespace syncline::kernels::cuda
