// The obvious loops; in double too, for finite differences.
#pragma once

#include <algorithm>

#include "kernels/conv/conv.h"

namespace syncline::kernels::reference {
namespace detail {

/// visit(x index, w index, y index) for every product of one replica's convolution, output by output. An index is that of an
/// element, the sample left out.
template <class Visit>
void for_each_product(const ConvShape& c, const Visit& visit) {
  std::int64_t y_index = 0;
  for (int co = 0; co < c.out_channels; ++co) {
    for (int oy = 0; oy < c.out_height(); ++oy) {
      for (int ox = 0; ox < c.out_width(); ++ox, ++y_index) {
        std::int64_t w_index = std::int64_t{co} * c.taps();
        for (int ci = 0; ci < c.in_channels; ++ci) {
          for (int ky = 0; ky < c.kernel; ++ky) {
            for (int kx = 0; kx < c.kernel; ++kx, ++w_index) {
              const int iy = oy * c.stride + ky - c.padding, ix = ox * c.stride + kx - c.padding;
              if (iy < 0 || iy >= c.height || ix < 0 || ix >= c.width) continue;
              visit((std::int64_t{ci} * c.height + iy) * c.width + ix, w_index, y_index);
            }
          }
        }
      }
    }
  }
}

}  // namespace detail

template <class T>
void conv_forward(const Device&, const ConvShape& shape, Replicas replicas, Strided<const T> x, Strided<const T> w,
                  Strided<const T> bias, Strided<T> y) {
  const int n = replicas.batch;
  const std::int64_t plane = std::int64_t{shape.out_height()} * shape.out_width() * n;
  for (int r = 0; r < replicas.count; ++r) {
    for (int co = 0; co < shape.out_channels; ++co) std::fill_n(y.of(r) + co * plane, plane, bias.data ? bias.of(r)[co] : T{0});
    detail::for_each_product(shape, [&](std::int64_t xi, std::int64_t wi, std::int64_t yi) {
      for (int s = 0; s < n; ++s) y.of(r)[yi * n + s] += w.of(r)[wi] * x.of(r)[xi * n + s];
    });
  }
}

template <class T>
void conv_backward_input(const Device&, const ConvShape& shape, Replicas replicas, Strided<const T> dy, Strided<const T> w,
                         Strided<T> dx) {
  const int n = replicas.batch;
  for (int r = 0; r < replicas.count; ++r) {
    std::fill_n(dx.of(r), shape.in_features() * n, T{0});
    detail::for_each_product(shape, [&](std::int64_t xi, std::int64_t wi, std::int64_t yi) {
      for (int s = 0; s < n; ++s) dx.of(r)[xi * n + s] += w.of(r)[wi] * dy.of(r)[yi * n + s];
    });
  }
}

template <class T>
void conv_backward_weights(const Device&, const ConvShape& shape, Replicas replicas, Strided<const T> x, Strided<const T> dy,
                           Strided<T> dw, Strided<T> dbias) {
  const int n = replicas.batch;
  const std::int64_t plane = std::int64_t{shape.out_height()} * shape.out_width() * n;
  for (int r = 0; r < replicas.count; ++r) {
    std::fill_n(dw.of(r), std::int64_t{shape.out_channels} * shape.taps(), T{0});
    detail::for_each_product(shape, [&](std::int64_t xi, std::int64_t wi, std::int64_t yi) {
      for (int s = 0; s < n; ++s) dw.of(r)[wi] += dy.of(r)[yi * n + s] * x.of(r)[xi * n + s];
    });
    for (int co = 0; co < shape.out_channels && dbias.data; ++co) {
      T sum{0};
      for (std::int64_t i = 0; i < plane; ++i) sum += dy.of(r)[co * plane + i];
      dbias.of(r)[co] = sum;
    }
  }
}

}  // namespace syncline::kernels::reference
