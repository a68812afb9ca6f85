#include <cmath>

#include "kernels/max_pool/max_pool.h"

namespace syncline::kernels::reference {
namespace {

/// visit(feature of the output, feature of its window's first input) for each output.
template <class Visit>
void for_each_window(const PoolShape& shape, const Visit& visit) {
  std::int64_t to = 0;
  for (int c = 0; c < shape.channels; ++c) {
    for (int row = 0; row < shape.out_height(); ++row) {
      for (int column = 0; column < shape.out_width(); ++column) {
        visit(to++, (std::int64_t{c} * shape.height + row * shape.stride) * shape.width + column * shape.stride);
      }
    }
  }
}

}  // namespace

void max_pool_forward(const Device&, const PoolShape& shape, Replicas replicas, Strided<const float> x, Strided<float> y,
                      Strided<std::uint8_t> winner) {
  const std::int64_t batch = replicas.batch;
  for (int r = 0; r < replicas.count; ++r) {
    for_each_window(shape, [&](std::int64_t to, std::int64_t from) {
      for (int s = 0; s < batch; ++s) {
        float best = x.of(r)[from * batch + s];
        int place = 0;
        for (int i = 1; i < shape.size * shape.size; ++i) {
          const float value = x.of(r)[(from + i / shape.size * shape.width + i % shape.size) * batch + s];
          if (value > best || std::isnan(value)) {
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
    for_each_window(shape, [&](std::int64_t to, std::int64_t from) {
      for (int s = 0; s < batch; ++s) {
        const int place = winner.of(r)[to * batch + s];
        dx.of(r)[(from + place / shape.size * shape.width + place % shape.size) * batch + s] += dy.of(r)[to * batch + s];
      }
    });
  }
}

}  // namespace syncline::kernels::reference
