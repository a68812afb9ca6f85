#include "kernels/packs.cuh"
#include "kernels/sgd/sgd.h"

namespace syncline::kernels::cuda {
namespace {

__device__ void step_one(const SgdParameters& parameters, float gradient, float* velocity, float& w) {
  float update = gradient + parameters.weight_decay * w;
  if (velocity != nullptr) update = *velocity = parameters.momentum * *velocity + update;
  w -= parameters.learning_rate * update;
}

/// A pack's weights; one by one where the row ends within it.
template <int kSize>
__device__ void step_pack(const SgdParameters& parameters, std::int64_t left, const float* gradient, float* velocity, float* w) {
  if (left < kSize) {
    for (int j = 0; j < left; ++j) step_one(parameters, gradient[j], velocity == nullptr ? nullptr : velocity + j, w[j]);
    return;
  }
  const Pack<float, kSize> g = load_pack<kSize>(gradient);
  Pack<float, kSize> v{}, weight = load_pack<kSize>(w);
  if (velocity != nullptr) v = load_pack<kSize>(velocity);
  for (int j = 0; j < kSize; ++j) step_one(parameters, g.of[j], velocity == nullptr ? nullptr : v.of + j, weight.of[j]);
  if (velocity != nullptr) store_pack<kSize>(velocity, v);
  store_pack<kSize>(w, weight);
}

template <int kSize>
__global__ void step(int copies, std::int64_t n, SgdParameters parameters, Strided<const float> gradient, Strided<float> velocity,
                     Strided<float> w) {
  const std::int64_t i = this_element() * kSize;
  if (i >= n) return;
  for (std::int64_t r = blockIdx.y; r < copies; r += gridDim.y) {
    float* const v = velocity.data == nullptr ? nullptr : velocity.of(r) + i;
    step_pack<kSize>(parameters, n - i, gradient.of(r) + i, v, w.of(r) + i);
  }
}

}  // namespace

void sgd_update(const Device& device, int copies, std::int64_t n, const SgdParameters& parameters, Strided<const float> gradient,
                Strided<float> velocity, Strided<float> w) {
  const bool packs = copies == 1 ? take_packs(0, Strided<const float>{gradient.data, 0}, Strided<float>{velocity.data, 0},
                                              Strided<float>{w.data, 0})
                                 : take_packs(0, gradient, velocity, w);
  const auto kernel = packs ? step<kPackSize> : step<1>;
  launch(device, "sgd_update", kernel, {blocks_for(packs ? blocks_for(n, kPackSize) : n), copies}, copies, n, parameters,
         gradient, velocity, w);
}

}  // namespace syncline::kernels::cuda
