#include <algorithm>
#include <array>

#include "kernels/blocks.h"
#include "kernels/lanes.h"
#include "kernels/max_pool/max_pool.h"
#include "kernels/max_pool/places.h"

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

/// The places of a window that are not padding, in their order, and how far behind its first place their pixels lie.
struct Window {
  Places rows{0, 0}, columns{0, 0};
  int count = 0;
  std::array<int, 256> place{};
  std::array<std::int64_t, 256> pixel{};

  void set(const PoolShape& shape, Places new_rows, Places new_columns) {
    rows = new_rows;
    columns = new_columns;
    count = 0;
    for (int row = rows.begin; row < rows.end; ++row) {
      for (int column = columns.begin; column < columns.end; ++column) {
        const auto i = static_cast<std::size_t>(count++);
        place[i] = row * shape.size + column;
        pixel[i] = std::int64_t{row} * shape.width + column;
      }
    }
  }
};

/// body(window's number, pixel of its first place, window) for those of a channel; in the padding that pixel is none.
template <class Body>
void for_each_window(const PoolShape& shape, const Body& body) {
  std::int64_t number = 0;
  Window window;
  for (int row = 0; row < shape.out_height(); ++row) {
    for (int column = 0; column < shape.out_width(); ++column) {
      const int top = row * shape.stride - shape.padding, left = column * shape.stride - shape.padding;
      const Places rows = places_within(top, shape.size, shape.height), columns = places_within(left, shape.size, shape.width);
      if (rows != window.rows || columns != window.columns) window.set(shape, rows, columns);  // most are whole, like the last
      body(number++, std::int64_t{top} * shape.width + left, window);
    }
  }
}

/// One window for all samples of a batch: the first value, then each that beats it. x is the channel's.
void pool(const Window& window, std::int64_t first, std::int64_t batch, const float* x, float* y, std::uint8_t* winner) {
  for (std::int64_t s = 0; s < batch; s += kLanes) {
    Lanes best = load_up_to<Lanes>(x + (first + window.pixel[0]) * batch + s, batch - s);
    IntLanes place = window.place[0];
    for (std::size_t i = 1; i < static_cast<std::size_t>(window.count); ++i) {
      const Lanes value = load_up_to<Lanes>(x + (first + window.pixel[i]) * batch + s, batch - s);
      const IntLanes wins = (value > best) | (value != value);  // a NaN beats all
      best = select(wins, value, best);
      place = select(wins, IntLanes(window.place[i]), place);
    }
    store_up_to(y + s, best, batch - s);
    store_bytes(winner + s, place, batch - s);
  }
}

/// One window's gradient, to each of its pixels in turn: what was won there. dx is the channel's.
void unpool(const Window& window, std::int64_t first, std::int64_t batch, const float* dy, const std::uint8_t* winner,
            float* dx) {
  for (std::int64_t s = 0; s < batch; s += kLanes) {
    const Lanes gradient = load_up_to<Lanes>(dy + s, batch - s);
    const IntLanes place = load_bytes(winner + s, batch - s);
    for (std::size_t i = 0; i < static_cast<std::size_t>(window.count); ++i) {
      float* const to = dx + (first + window.pixel[i]) * batch + s;
      const Lanes won = select(place == IntLanes(window.place[i]), gradient, Lanes());
      store_up_to(to, load_up_to<Lanes>(to, batch - s) + won, batch - s);
    }
  }
}

}  // namespace

void max_pool_forward(const Device& device, const PoolShape& shape, Replicas replicas, Strided<const float> x, Strided<float> y,
                      Strided<std::uint8_t> winner) {
  const std::int64_t batch = replicas.batch;
  for_each_channel(device, shape, replicas.count, [&](int r, std::int64_t in, std::int64_t out) {
    for_each_window(shape, [&](std::int64_t number, std::int64_t first, const Window& window) {
      const std::int64_t to = (out + number) * batch;
      pool(window, first, batch, x.of(r) + in * batch, y.of(r) + to, winner.of(r) + to);
    });
  });
}

void max_pool_backward(const Device& device, const PoolShape& shape, Replicas replicas, Strided<const float> dy,
                       Strided<const std::uint8_t> winner, Strided<float> dx) {
  const std::int64_t batch = replicas.batch;
  for_each_channel(device, shape, replicas.count, [&](int r, std::int64_t in, std::int64_t out) {
    std::fill_n(dx.of(r) + in * batch, batch * shape.height * shape.width, 0.0F);
    for_each_window(shape, [&](std::int64_t number, std::int64_t first, const Window& window) {
      const std::int64_t from = (out + number) * batch;
      unpool(window, first, batch, dy.of(r) + from, winner.of(r) + from, dx.of(r) + in * batch);
    });
  });
}

}  // namespace syncline::kernels::cpu
