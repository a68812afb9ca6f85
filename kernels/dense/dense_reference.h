// The obvious loops; in double too, for finite differences.
#pragma once

#include "kernels/dense/dense.h"

namespace syncline::kernels::reference {

template <class T>
void dense_forward(const Device&, const DenseShape& shape, Replicas replicas, Strided<const T> x, Strided<const T> w,
                   Strided<const T> bias, Strided<T> y) {
  for (int r = 0; r < replicas.count; ++r) {
    for (int o = 0; o < shape.out; ++o) {
      for (int s = 0; s < replicas.batch; ++s) {
        T sum = bias.data ? bias.of(r)[o] : T{0};
        for (int i = 0; i < shape.in; ++i) sum += w.of(r)[o * shape.in + i] * x.of(r)[i * replicas.batch + s];
        y.of(r)[o * replicas.batch + s] = sum;
      }
    }
  }
}

template <class T>
void dense_backward_input(const Device&, const DenseShape& shape, Replicas replicas, Strided<const T> dy, Strided<const T> w,
                          Strided<T> dx) {
  for (int r = 0; r < replicas.count; ++r) {
    for (int i = 0; i < shape.in; ++i) {
      for (int s = 0; s < replicas.batch; ++s) {
        T sum{0};
        for (int o = 0; o < shape.out; ++o) sum += w.of(r)[o * shape.in + i] * dy.of(r)[o * replicas.batch + s];
        dx.of(r)[i * replicas.batch + s] = sum;
      }
    }
  }
}

template <class T>
void dense_backward_weights(const Device&, const DenseShape& shape, Replicas replicas, Strided<const T> x, Strided<const T> dy,
                            Strided<T> dw, Strided<T> dbias) {
  for (int r = 0; r < replicas.count; ++r) {
    for (int o = 0; o < shape.out; ++o) {
      const T* dy_row = dy.of(r) + o * replicas.batch;
      T bias_sum{0};
      for (int s = 0; s < replicas.batch; ++s) bias_sum += dy_row[s];
      if (dbias.data) dbias.of(r)[o] = bias_sum;
      for (int i = 0; i < shape.in; ++i) {
        T sum{0};
        for (int s = 0; s < replicas.batch; ++s) sum += dy_row[s] * x.of(r)[i * replicas.batch + s];
        dw.of(r)[o * shape.in + i] = sum;
      }
    }
  }
}

}  // namespace syncline::kernels::reference
