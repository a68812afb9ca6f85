#include <algorithm>
#include <cmath>

#include "kernels/max_pool/max_pool.h"

namespace syncline::kernels::reference {
namespace {

/// Where a window's first place lies, in the padding perhaps.
struct Corner {
  int channel, row, column;
};

/// visit(feature of the output, corner of its window) for each output.
template <class Visit>
void for_each_window(const PoolShape& shape, const Visit& visit) {
  std::int64_t to = 0;
  for (int c = 0; c < shape.channels; ++c) {
    for (int row = 0; row < shape.out_height(); ++row) {
      for (int column = 0; column < shape.out_width(); ++column) {
        visit(to++, Corner{c, row * shape.stride - shape.padding, column * shape.stride - shape.padding});
      }
    }
  }
}

/// The feature of the input at a place of a window; -1 where that is padding.
std::int64_t feature_at(const PoolShape& shape, const Corner& corner, int place) {
  const int row = corner.row + place / shape.size, column = corner.column + place % shape.size;
  if (row < 0 || row >= shape.height || column < 0 || column >= shape.width) return -1;
  return (std::int64_t{corner.channel} * shape.height + row) * shape.width + column;
}

}  // namespace

void max_pool_forward(const Device&, const PoolShape& shape, Replicas replicas, Strided<const float> x, Strided<float> y,
                      Strided<std::uint8_t> winner) {
  const std::int64_t batch = replicas.batch;
  for (int r = 0; r < replicas.count; ++r) {
    for_each_window(shape, [&](std::int64_t to, const Corner& corner) {
      for (int s = 0; s < batch; ++s) {
        float best = 0;
        int place = -1;
        for (int i = 0; i < shape.size * shape.size; ++i) {
          const std::int64_t from = feature_at(shape, corner, i);
          if (from < 0) continue;
          const float value = x.of(r)[from * batch + s];
          if (place < 0 || value > best || std::isnan(value)) {
            best = value;
            place = i;
          }
        }
        y.of(r)[to * batch + s] = best;
        winner.of(r)[to * batch + s] = static_cast<std::uint8_t>(place);
      }
    });
  }
}

void max_pool_backward(const Device&, const PoolShape& shape, Replicas replicas, Strided<const float> dy,
                       Strided<const std::uint8_t> winner, Strided<float> dx) {
  const std::int64_t batch = replicas.batch;
  for (int r = 0; r < replicas.count; ++r) {
    std::fill_n(dx.of(r), batch * shape.channels * shape.height * shape.width, 0.0F);
    for_each_window(shape, [&](std::int64_t to, const Corner& corner) {
      for (int s = 0; s < batch; ++s) {
        dx.of(r)[feature_at(shape, corner, winner.of(r)[to * batch + s]) * batch + s] += dy.of(r)[to * batch + s];
      }
    });
  }
}

}  // namespace syncline::kernels::reference
