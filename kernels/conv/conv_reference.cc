#include <algorithm>

#include "kernels/conv/conv.h"

namespace syncline::kernels::reference {
namespace {

/// visit(offset of the sample 0 in x, in y, offset in w) for each product that a replica's convolution is made of; those of
/// one output are visited in the order of w.
template <class Visit>
void for_each_product(const ConvShape& shape, std::int64_t batch, const Visit& visit) {
  const int rows = shape.out_height(), columns = shape.out_width(), k = shape.kernel;
  for (int o = 0; o < shape.out_channels; ++o) {
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        const std::int64_t to = ((std::int64_t{o} * rows + row) * columns + column) * batch;
        for (int c = 0; c < shape.in_channels; ++c) {
          for (int i = 0; i < k * k; ++i) {
            const int y = row * shape.stride + i / k - shape.padding, x = column * shape.stride + i % k - shape.padding;
            if (y < 0 || y >= shape.height || x < 0 || x >= shape.width) continue;
            const std::int64_t from = ((std::int64_t{c} * shape.height + y) * shape.width + x) * batch;
            visit(from, to, (std::int64_t{o} * shape.in_channels + c) * k * k + i);
          }
        }
      }
    }
  }
}

}  // namespace

void conv_forward(const Device&, const ConvShape& shape, Replicas replicas, Strided<const float> x, Strided<const float> w,
                  Strided<const float> bias, Strided<float> y) {
  const std::int64_t batch = replicas.batch, channel = batch * shape.out_height() * shape.out_width();
  for (int r = 0; r < replicas.count; ++r) {
    for (int o = 0; o < shape.out_channels; ++o) {
      std::fill_n(y.of(r) + o * channel, channel, bias.data == nullptr ? 0.0F : bias.of(r)[o]);
    }
    for_each_product(shape, batch, [&](std::int64_t from, std::int64_t to, std::int64_t weight) {
      for (int s = 0; s < batch; ++s) y.of(r)[to + s] += w.of(r)[weight] * x.of(r)[from + s];
    });
  }
}

void conv_backward_input(const Device&, const ConvShape& shape, Replicas replicas, Strided<const float> dy,
                         Strided<const float> w, Strided<float> dx) {
  const std::int64_t batch = replicas.batch;
  for (int r = 0; r < replicas.count; ++r) {
    std::fill_n(dx.of(r), batch * shape.in_channels * shape.height * shape.width, 0.0F);
    for_each_product(shape, batch, [&](std::int64_t from, std::int64_t to, std::int64_t weight) {
      for (int s = 0; s < batch; ++s) dx.of(r)[from + s] += w.of(r)[weight] * dy.of(r)[to + s];
    });
  }
}

void conv_backward_weights(const Device&, const ConvShape& shape, Replicas replicas, Strided<const float> x,
                           Strided<const float> dy, Strided<float> dw, Strided<float> dbias) {
  const std::int64_t batch = replicas.batch, channel = batch * shape.out_height() * shape.out_width();
  for (int r = 0; r < replicas.count; ++r) {
    std::fill_n(dw.of(r), std::int64_t{shape.out_channels} * shape.in_channels * shape.kernel * shape.kernel, 0.0F);
    for_each_product(shape, batch, [&](std::int64_t from, std::int64_t to, std::int64_t weight) {
      for (int s = 0; s < batch; ++s) dw.of(r)[weight] += dy.of(r)[to + s] * x.of(r)[from + s];
    });
    if (dbias.data == nullptr) continue;
    for (int o = 0; o < shape.out_channels; ++o) {
      dbias.of(r)[o] = 0;
      for (std::int64_t i = 0; i < channel; ++i) dbias.of(r)[o] += dy.of(r)[o * channel + i];
    }
  }
}

}  // namespace syncline::kernels::reference
