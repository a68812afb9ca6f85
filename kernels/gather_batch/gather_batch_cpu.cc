#include "kernels/gather_batch/gather_batch.h"

namespace syncline::kernels::cpu {
namespace {

constexpr std::int64_t kTile = 16;  // features of all samples, before the next: a cache line of each image

}  // namespace

void gather_batch(const Device& device, const Samples& samples, Replicas replicas, const std::int32_t* indices, Strided<float> x,
                  std::uint8_t* labels) {
  const std::int64_t features = samples.features, batch = replicas.batch;
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    const std::int32_t* own = indices + r * batch;
    for (std::int64_t begin = 0; begin < features; begin += kTile) {
      const std::int64_t end = std::min(begin + kTile, features);
      for (std::int64_t j = 0; j < batch; ++j) {
        const float* image = samples.images + own[j] * features;
        for (std::int64_t f = begin; f < end; ++f) x.of(r)[f * batch + j] = image[f];
      }
    }
    for (std::int64_t j = 0; j < batch; ++j) labels[r * batch + j] = samples.labels[own[j]];
  });
}

}  // namespace syncline::kernels::cpu
