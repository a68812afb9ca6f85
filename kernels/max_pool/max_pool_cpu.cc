#include "kernels/blocks.h"
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

/// One window for all samples of a batch: the first value, then each that beats it.
void pool(const PoolShape& shape, std::int64_t batch, const float* x, float* y, std::uint8_t* winner) {
  std::copy_n(x, batch, y);
  std::fill_n(winner, batch, std::uint8_t{0});
  for (int i = 1; i < shape.size * shape.size; ++i) {
    const float* value = x + (std::int64_t{i / shape.size} * shape.width + i % shape.size) * batch;
    const auto place = static_cast<std::uint8_t>(i);
    for (std::int64_t s = 0; s < batch; ++s) {
      const bool wins = value[s] > y[s] || value[s] != value[s];  // a NaN beats all
      y[s] = wins ? value[s] : y[s];
      winner[s] = wins ? place : winner[s];
    }
  }
}

/// One window's gradient, to each of its pixels in turn: what was won there.
void unpool(const PoolShape& shape, std::int64_t batch, const float* dy, const std::uint8_t* winner, float* dx) {
  for (int i = 0; i < shape.size * shape.size; ++i) {
    float* pixel = dx + (std::int64_t{i / shape.size} * shape.width + i % shape.size) * batch;
    for (std::int64_t s = 0; s < batch; ++s) pixel[s] += winner[s] == i ? dy[s] : 0.0F;
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
