#include "kernels/cuda_call.cuh"
#include "kernels/gather_batch/gather_batch.h"

namespace syncline::kernels::cuda {
namespace {

constexpr int kTile = 32;  // samples, and features, that a block turns around at a time
constexpr int kLines = kThreads / kTile;

/// Neighbouring threads read neighbouring features of a sample, and write neighbouring samples of a feature. A block's tiles lie
/// along the batch.
__global__ void gather_tiles(Samples samples, Replicas replicas, const std::int32_t* indices, Strided<float> x,
                             std::uint8_t* labels) {
  __shared__ float tile[kTile][kTile + 1];  // [sample][feature]; one more, so that a column lies in as many banks
  const int lane = static_cast<int>(threadIdx.x) % kTile, line = static_cast<int>(threadIdx.x) / kTile;
  const std::int64_t first = std::int64_t{blockIdx.x} * kTile;
  for (std::int64_t r = blockIdx.y; r < replicas.count; r += gridDim.y) {
    const std::int32_t* own = indices + r * replicas.batch;
    for (int begin = 0; begin < replicas.batch; begin += kTile) {
      for (int j = line; j < kTile && begin + j < replicas.batch; j += kLines) {
        const std::int64_t sample = own[begin + j];
        if (first + lane < samples.features) tile[j][lane] = samples.images[sample * samples.features + first + lane];
        if (first == 0 && lane == 0) labels[r * replicas.batch + begin + j] = samples.labels[sample];
      }
      __syncthreads();
      for (int f = line; f < kTile && first + f < samples.features; f += kLines) {
        if (begin + lane < replicas.batch) x.of(r)[(first + f) * replicas.batch + begin + lane] = tile[lane][f];
      }
      __syncthreads();
    }
  }
}

}  // namespace

void gather_batch(const Device& device, const Samples& samples, Replicas replicas, const std::int32_t* indices, Strided<float> x,
                  std::uint8_t* labels) {
  launch(device, "gather_batch", gather_tiles, {blocks_for(samples.features, kTile), replicas.count}, samples, replicas, indices,
         x, labels);
}

}  // namespace syncline::kernels::cuda
