#include "kernels/average_pool/average_pool.h"
#include "kernels/packs.cuh"

namespace syncline::kernels::cuda {
namespace {

/// One thread per mean: its pixels are added in their order.
__global__ void mean_of_pixels(int channels, int pixels, Replicas replicas, Strided<const float> x, Strided<float> y) {
  const int i = static_cast<int>(this_element()), batch = replicas.batch;
  if (i >= channels * batch) return;
  const float share = 1.0F / static_cast<float>(pixels);
  const int first = i / batch * pixels * batch + i % batch;
  for (std::int64_t r = blockIdx.y; r < replicas.count; r += gridDim.y) {
    const float* from = x.of(r) + first;
    float sum = 0;
    for (int p = 0; p < pixels; ++p) sum += from[p * batch];
    y.of(r)[i] = sum * share;
  }
}

template <int kSize>
__global__ void share_among_pixels(int n, int pixels, Replicas replicas, Strided<const float> dy, Strided<float> dx) {
  const std::int64_t i = this_element() * kSize;
  if (i >= n) return;
  const int batch = replicas.batch, place = static_cast<int>(i), from = place / batch / pixels * batch + place % batch;
  const float share = 1.0F / static_cast<float>(pixels);
  for (std::int64_t r = blockIdx.y; r < replicas.count; r += gridDim.y) {
    Pack<float, kSize> pack = load_pack<kSize>(dy.of(r) + from);
    for (float& value : pack.of) value *= share;
    store_pack<kSize>(dx.of(r) + i, pack);
  }
}

}  // namespace

void average_pool_forward(const Device& device, int channels, int pixels, Replicas replicas, Strided<const float> x,
                          Strided<float> y) {
  as_int(std::int64_t{channels} * pixels * replicas.batch, "average_pool_forward");
  launch(device, "average_pool_forward", mean_of_pixels, {blocks_for(std::int64_t{channels} * replicas.batch), replicas.count},
         channels, pixels, replicas, x, y);
}

void average_pool_backward(const Device& device, int channels, int pixels, Replicas replicas, Strided<const float> dy,
                           Strided<float> dx) {
  constexpr const char* kWhat = "average_pool_backward";
  const int n = as_int(std::int64_t{channels} * pixels * replicas.batch, kWhat);
  if (take_packs(replicas.batch, dy, dx)) {
    launch(device, kWhat, share_among_pixels<kPackSize>, {blocks_for(n / kPackSize), replicas.count}, n, pixels, replicas, dy,
           dx);
  } else {
    launch(device, kWhat, share_among_pixels<1>, {blocks_for(n), replicas.count}, n, pixels, replicas, dy, dx);
  }
}

}  // namespace syncline::kernels::cuda
