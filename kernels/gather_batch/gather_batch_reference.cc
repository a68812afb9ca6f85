#include "kernels/gather_batch/gather_batch.h"

namespace syncline::kernels::reference {

void gather_batch(const Device&, const Samples& samples, Replicas replicas, const std::int32_t* indices, Strided<float> x,
                  std::uint8_t* labels) {
  for (int r = 0; r < replicas.count; ++r) {
    for (int j = 0; j < replicas.batch; ++j) {
      const std::int64_t place = std::int64_t{r} * replicas.batch + j, sample = indices[place];
      for (std::int64_t f = 0; f < samples.features; ++f) {
        x.of(r)[f * replicas.batch + j] = samples.images[sample * samples.features + f];
      }
      labels[place] = samples.labels[sample];
    }
  }
}

}  // namespace syncline::kernels::reference
