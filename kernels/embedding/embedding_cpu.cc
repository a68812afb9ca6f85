#include "kernels/blocks.h"
#include "kernels/embedding/embedding.h"

namespace syncline::kernels::cpu {
namespace {

/// Features of a task: a cache line of a row, while as many lines of y or dy, one for each feature, stay in the cache.
constexpr std::int64_t kFeatures = 16;

/// body(r, first, count) for each task's features.
template <class Body>
void for_each_features(const Device& device, int features, int replicas, const Body& body) {
  for_each_row_and_block(device, replicas, blocks_of(features, kFeatures), [&](int r, std::int64_t block) {
    body(r, block * kFeatures, std::min(kFeatures, features - block * kFeatures));
  });
}

}  // namespace

void embedding_forward(const Device& device, const EmbeddingShape& shape, Replicas replicas, const std::int32_t* indices,
                       Strided<const float> w, Strided<float> y) {
  const std::int64_t entries = std::int64_t{shape.positions} * replicas.batch;
  for_each_features(device, shape.features, replicas.count, [&](int r, std::int64_t first, std::int64_t count) {
    const std::int32_t* index = indices + r * entries;
    float* to = y.of(r) + first * entries;
    for (std::int64_t e = 0; e < entries; ++e) {
      const float* row = w.of(r) + std::int64_t{index[e]} * shape.features + first;
      for (std::int64_t f = 0; f < count; ++f) to[f * entries + e] = row[f];
    }
  });
}

void embedding_backward(const Device& device, const EmbeddingShape& shape, Replicas replicas, const std::int32_t* indices,
                        Strided<const float> dy, Strided<float> dw) {
  const std::int64_t entries = std::int64_t{shape.positions} * replicas.batch;
  for_each_features(device, shape.features, replicas.count, [&](int r, std::int64_t first, std::int64_t count) {
    const std::int32_t* index = indices + r * entries;
    const float* from = dy.of(r) + first * entries;
    for (std::int64_t i = 0; i < shape.rows; ++i) std::fill_n(dw.of(r) + i * shape.features + first, count, 0.0F);
    for (std::int64_t e = 0; e < entries; ++e) {
      float* row = dw.of(r) + std::int64_t{index[e]} * shape.features + first;
      for (std::int64_t f = 0; f < count; ++f) row[f] += from[f * entries + e];
    }
  });
}

}  // namespace syncline::kernels::cpu
