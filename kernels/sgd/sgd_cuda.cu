#include "kernels/cuda_call.cuh"
#include "kernels/sgd/sgd.h"

namespace syncline::kernels::cuda {
namespace {

__global__ void step(int copies, std::int64_t n, SgdParameters parameters, Strided<const float> gradient, Strided<float> velocity,
                     Strided<float> w) {
  const std::int64_t i = this_element();
  if (i >= n) return;
  for (std::int64_t r = blockIdx.y; r < copies; r += gridDim.y) {
    float& weight = w.data[r * w.stride + i];
    float update = gradient.data[r * gradient.stride + i] + parameters.weight_decay * weight;
    if (velocity.data != nullptr) {
      float& v = velocity.data[r * velocity.stride + i];
      update = v = parameters.momentum * v + update;
    }
    weight -= parameters.learning_rate * update;
  }
}

}  // namespace

void sgd_update(const Device& device, int copies, std::int64_t n, const SgdParameters& parameters, Strided<const float> gradient,
                Strided<float> velocity, Strided<float> w) {
  launch(device, "sgd_update", step, {blocks_for(n), copies}, copies, n, parameters, gradient, velocity, w);
}

}  // namespace syncline::kernels::cuda
