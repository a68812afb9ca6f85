#include "kernels/embedding/embedding.h"

namespace syncline::kernels::reference {

void embedding_forward(const Device&, const EmbeddingShape& shape, Replicas replicas, const std::int32_t* indices,
                       Strided<const float> w, Strided<float> y) {
  const std::int64_t entries = std::int64_t{shape.positions} * replicas.batch;
  for (int r = 0; r < replicas.count; ++r) {
    for (std::int64_t e = 0; e < entries; ++e) {
      const float* row = w.of(r) + std::int64_t{indices[r * entries + e]} * shape.features;
      for (int f = 0; f < shape.features; ++f) y.of(r)[f * entries + e] = row[f];
    }
  }
}

void embedding_backward(const Device&, const EmbeddingShape& shape, Replicas replicas, const std::int32_t* indices,
                        Strided<const float> dy, Strided<float> dw) {
  const std::int64_t entries = std::int64_t{shape.positions} * replicas.batch;
  for (int r = 0; r < replicas.count; ++r) {
    std::fill_n(dw.of(r), std::int64_t{shape.rows} * shape.features, 0.0F);
    for (std::int64_t e = 0; e < entries; ++e) {
      float* row = dw.of(r) + std::int64_t{indices[r * entries + e]} * shape.features;
      for (int f = 0; f < shape.features; ++f) row[f] += dy.of(r)[f * entries + e];
    }
  }
}

}  // namespace syncline::kernels::reference
