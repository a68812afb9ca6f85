#include "kernels/dense/dense.h"

namespace syncline::kernels::reference {

void dense_forward(const Device&, const DenseShape& shape, Replicas replicas, Strided<const float> x, Strided<const float> w,
                   Strided<const float> bias, Strided<float> y) {
  const int batch = replicas.batch;
  for (int r = 0; r < replicas.count; ++r) {
    for (int o = 0; o < shape.out; ++o) {
      float* out = y.of(r) + std::int64_t{o} * batch;
      std::fill_n(out, batch, bias.data == nullptr ? 0.0F : bias.of(r)[o]);
      for (int i = 0; i < shape.in; ++i) {
        const float weight = w.of(r)[std::int64_t{o} * shape.in + i];
        const float* in = x.of(r) + std::int64_t{i} * batch;
        for (int s = 0; s < batch; ++s) out[s] += weight * in[s];
      }
    }
  }
}

void dense_backward_input(const Device&, const DenseShape& shape, Replicas replicas, Strided<const float> dy,
                          Strided<const float> w, Strided<float> dx) {
  const int batch = replicas.batch;
  for (int r = 0; r < replicas.count; ++r) {
    for (int i = 0; i < shape.in; ++i) {
      float* out = dx.of(r) + std::int64_t{i} * batch;
      std::fill_n(out, batch, 0.0F);
      for (int o = 0; o < shape.out; ++o) {
        const float weight = w.of(r)[std::int64_t{o} * shape.in + i];
        const float* in = dy.of(r) + std::int64_t{o} * batch;
        for (int s = 0; s < batch; ++s) out[s] += weight * in[s];
      }
    }
  }
}

void dense_backward_weights(const Device&, const DenseShape& shape, Replicas replicas, Strided<const float> x,
                            Strided<const float> dy, Strided<float> dw, Strided<float> dbias) {
  const int batch = replicas.batch;
  for (int r = 0; r < replicas.count; ++r) {
    for (int o = 0; o < shape.out; ++o) {
      const float* gradient = dy.of(r) + std::int64_t{o} * batch;
      for (int i = 0; i < shape.in; ++i) {
        const float* in = x.of(r) + std::int64_t{i} * batch;
        float sum = 0;
        for (int s = 0; s < batch; ++s) sum += gradient[s] * in[s];
        dw.of(r)[std::int64_t{o} * shape.in + i] = sum;
      }
      if (dbias.data == nullptr) continue;
      float sum = 0;
      for (int s = 0; s < batch; ++s) sum += gradient[s];
      dbias.of(r)[o] = sum;
    }
  }
}

}  // namespace syncline::kernels::reference
