#include <algorithm>

#include "kernels/blocks.h"
#include "kernels/lanes.h"
#include "kernels/max_pool/max_pool.h"

namespace syncline::kernels::cpu {
namespace {

/// body(replica, first input feature of the channel, first output feature) for every channel of every replica.
template <class Body>
void for_each_channel(const Device& device, const PoolShape& shape, int replicas, const Body& body) {
  const std::int64_t pixels = std::int64_t{shape.height} * shape.width;
  const std::int64_t windows = std::int64_t{shape.out_height()} * shape.out_width();
  for_each_row_and_block(device, replicas, shape.channels, [&](int r, std::int64_t c) { body(r, c * pixels, c * windows); });
}

void store_bytes(std::uint8_t* to, const IntLanes& v, std::int64_t left) {
  for (int l = 0; l < std::min<std::int64_t>(left, kLanes); ++l)
    to[l] = static_cast<std::uint8_t>(v[static_cast<std::size_t>(l)]);
}

IntLanes load_bytes(const std::uint8_t* from, std::int64_t left) {
  std::int32_t lanes[kLanes] = {};
  for (int l = 0; l < std::min<std::int64_t>(left, kLanes); ++l) lanes[l] = from[l];
  return load<IntLanes>(lanes);
}

/// Pixel i of a window whose first is at x: [sample].
template <class T>
T* pixel(const PoolShape& shape, std::int64_t batch, T* x, int i) {
  return x + (std::int64_t{i / shape.size} * shape.width + i % shape.size) * batch;
}

/// One window for all samples of a batch: the first value, then each that beats it.
void pool(const PoolShape& shape, std::int64_t batch, const float* x, float* y, std::uint8_t* winner) {
  for (std::int64_t s = 0; s < batch; s += kLanes) {
    Lanes best = load_up_to<Lanes>(x + s, batch - s);
    IntLanes place;
    for (int i = 1; i < shape.size * shape.size; ++i) {
      const Lanes value = load_up_to<Lanes>(pixel(shape, batch, x, i) + s, batch - s);
      const IntLanes wins = (value > best) | (value != value);  // a NaN beats all
      best = select(wins, value, best);
      place = select(wins, IntLanes(i), place);
    }
    store_up_to(y + s, best, batch - s);
    store_bytes(winner + s, place, batch - s);
  }
}

/// One window's gradient, to each of its pixels in turn: what was won there.
void unpool(const PoolShape& shape, std::int64_t batch, const float* dy, const std::uint8_t* winner, float* dx) {
  for (std::int64_t s = 0; s < batch; s += kLanes) {
    const Lanes gradient = load_up_to<Lanes>(dy + s, batch - s);
    const IntLanes place = load_bytes(winner + s, batch - s);
    for (int i = 0; i < shape.size * shape.size; ++i) {
      float* const to = pixel(shape, batch, dx, i) + s;
      const Lanes sum = load_up_to<Lanes>(to, batch - s) + select(place == IntLanes(i), gradient, Lanes());
      store_up_to(to, sum, batch - s);
    }
  }
}

template <class Body>
void for_each_window(const PoolShape& shape, const Body& body) {
  std::int64_t window = 0;
  for (int row = 0; row < shape.out_height(); ++row) {
    for (int column = 0; column < shape.out_width(); ++column) {
      body(window++, std::int64_t{row} * shape.stride * shape.width + column * shape.stride);
    }
  }
}

}  // namespace

void max_pool_forward(const Device& device, const PoolShape& shape, Replicas replicas, Strided<const float> x, Strided<float> y,
                      Strided<std::uint8_t> winner) {
  const std::int64_t batch = replicas.batch;
  for_each_channel(device, shape, replicas.count, [&](int r, std::int64_t in, std::int64_t out) {
    for_each_window(shape, [&](std::int64_t to, std::int64_t from) {
      pool(shape, batch, x.of(r) + (in + from) * batch, y.of(r) + (out + to) * batch, winner.of(r) + (out + to) * batch);
    });
  });
}

void max_pool_backward(const Device& device, const PoolShape& shape, Replicas replicas, Strided<const float> dy,
                       Strided<const std::uint8_t> winner, Strided<float> dx) {
  const std::int64_t batch = replicas.batch;
  for_each_channel(device, shape, replicas.count, [&](int r, std::int64_t in, std::int64_t out) {
    std::fill_n(dx.of(r) + in * batch, batch * shape.height * shape.width, 0.0F);
    for_each_window(shape, [&](std::int64_t to, std::int64_t from) {
      unpool(shape, batch, dy.of(r) + (out + to) * batch, winner.of(r) + (out + to) * batch, dx.of(r) + (in + from) * batch);
    });
  });
}

}  // namespace syncline::kernels::cpu
