#include <algorithm>

#include "kernels/max_pool/max_pool.h"
#include "kernels/max_pool/places.h"
#include "kernels/packs.cuh"

namespace syncline::kernels::cuda {
namespace {

/// Where element i of a replica's [channel][height][width][sample] lies.
struct Place {
  int channel, row, column, sample;
};

__device__ Place place_of(int i, int height, int width, int batch) {
  const int pixel = i / batch, line = pixel / width;
  return {line / height, line % height, pixel % width, i % batch};
}

template <int kSize>
__global__ void find_winners(int n, PoolShape shape, Replicas replicas, Strided<const float> x, Strided<float> y,
                             Strided<std::uint8_t> winner) {
  const std::int64_t i = this_element() * kSize;
  if (i >= n) return;
  const int batch = replicas.batch;
  const Place to = place_of(static_cast<int>(i), shape.out_height(), shape.out_width(), batch);
  const int top = to.row * shape.stride - shape.padding, left = to.column * shape.stride - shape.padding;
  const Places rows = places_within(top, shape.size, shape.height), columns = places_within(left, shape.size, shape.width);
  const int first = ((to.channel * shape.height + top) * shape.width + left) * batch + to.sample;  // before the data, perhaps
  for (std::int64_t r = blockIdx.y; r < replicas.count; r += gridDim.y) {
    Pack<float, kSize> best;
    Pack<std::uint8_t, kSize> place;
    for (int j = 0; j < kSize; ++j) {  // the first place wins where all are -infinity
      best.of[j] = -INFINITY;
      place.of[j] = static_cast<std::uint8_t>(rows.begin * shape.size + columns.begin);
    }
    for (int row = rows.begin; row < rows.end; ++row) {
      for (int column = columns.begin; column < columns.end; ++column) {
        const Pack<float, kSize> value = load_pack<kSize>(x.of(r) + first + (row * shape.width + column) * batch);
        for (int j = 0; j < kSize; ++j) {
          if (!(value.of[j] > best.of[j]) && value.of[j] == value.of[j]) continue;  // NaN wins, too
          best.of[j] = value.of[j];
          place.of[j] = static_cast<std::uint8_t>(row * shape.size + column);
        }
      }
    }
    store_pack<kSize>(y.of(r) + i, best);
    store_pack<kSize>(winner.of(r) + i, place);
  }
}

/// Of the windows along one axis, those that cover place i: begin to end.
struct Windows {
  int begin, end;
};

__device__ Windows windows_over(int i, int size, int stride, int windows) {
  const int before = i - size;  // a window that began here, or earlier, ends before i
  return {before < 0 ? 0 : before / stride + 1, i / stride + 1 < windows ? i / stride + 1 : windows};
}

/// Each input asks the windows over it, in their order, whether it won.
template <int kSize>
__global__ void collect_wins(int n, PoolShape shape, Replicas replicas, Strided<const float> dy,
                             Strided<const std::uint8_t> winner, Strided<float> dx) {
  const std::int64_t i = this_element() * kSize;
  if (i >= n) return;
  const int batch = replicas.batch, height = shape.out_height(), width = shape.out_width();
  const Place to = place_of(static_cast<int>(i), shape.height, shape.width, batch);
  const int from_top = to.row + shape.padding, from_left = to.column + shape.padding;  // of the padded image
  const Windows rows = windows_over(from_top, shape.size, shape.stride, height);
  const Windows columns = windows_over(from_left, shape.size, shape.stride, width);
  for (std::int64_t r = blockIdx.y; r < replicas.count; r += gridDim.y) {
    Pack<float, kSize> sum{};
    for (int row = rows.begin; row < rows.end; ++row) {
      for (int column = columns.begin; column < columns.end; ++column) {
        const int from = ((to.channel * height + row) * width + column) * batch + to.sample;
        const int place = (from_top - row * shape.stride) * shape.size + from_left - column * shape.stride;
        const auto won = load_pack<kSize>(winner.of(r) + from);
        const auto gradient = load_pack<kSize>(dy.of(r) + from);
        for (int j = 0; j < kSize; ++j) {
          if (won.of[j] == place) sum.of[j] += gradient.of[j];
        }
      }
    }
    store_pack<kSize>(dx.of(r) + i, sum);
  }
}

}  // namespace

void max_pool_forward(const Device& device, const PoolShape& shape, Replicas replicas, Strided<const float> x, Strided<float> y,
                      Strided<std::uint8_t> winner) {
  constexpr const char* kWhat = "max_pool_forward";
  as_int(std::int64_t{shape.channels} * shape.height * shape.width * replicas.batch, kWhat);
  const int n = as_int(std::int64_t{shape.channels} * shape.out_height() * shape.out_width() * replicas.batch, kWhat);
  if (take_packs(replicas.batch, x, y, winner)) {
    launch(device, kWhat, find_winners<kPackSize>, {blocks_for(n / kPackSize), replicas.count}, n, shape, replicas, x, y, winner);
  } else {
    launch(device, kWhat, find_winners<1>, {blocks_for(n), replicas.count}, n, shape, replicas, x, y, winner);
  }
}

void max_pool_backward(const Device& device, const PoolShape& shape, Replicas replicas, Strided<const float> dy,
                       Strided<const std::uint8_t> winner, Strided<float> dx) {
  constexpr const char* kWhat = "max_pool_backward";
  const int n = as_int(std::int64_t{shape.channels} * shape.height * shape.width * replicas.batch, kWhat);
  as_int(std::int64_t{shape.channels} * shape.out_height() * shape.out_width() * replicas.batch, kWhat);
  if (take_packs(replicas.batch, dy, winner, dx)) {
    launch(device, kWhat, collect_wins<kPackSize>, {blocks_for(n / kPackSize), replicas.count}, n, shape, replicas, dy, winner,
           dx);
  } else {
    launch(device, kWhat, collect_wins<1>, {blocks_for(n), replicas.count}, n, shape, replicas, dy, winner, dx);
  }
}

}  // namespace syncline::kernels::cuda
