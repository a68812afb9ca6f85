#include "kernels/blocks.h"
#include "kernels/sgd/sgd.h"

namespace syncline::kernels::cpu {
namespace {

constexpr std::int64_t kBlock = 4096;

void step(const SgdParameters& parameters, std::int64_t n, const float* gradient, float* velocity, float* w) {
  const float rate = parameters.learning_rate, momentum = parameters.momentum, decay = parameters.weight_decay;
  if (velocity == nullptr) {
    for (std::int64_t i = 0; i < n; ++i) w[i] -= rate * (gradient[i] + decay * w[i]);
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    velocity[i] = momentum * velocity[i] + (gradient[i] + decay * w[i]);
    w[i] -= rate * velocity[i];
  }
}

}  // namespace

void sgd_update(const Device& device, int copies, std::int64_t n, const SgdParameters& parameters, Strided<const float> gradient,
                Strided<float> velocity, Strided<float> w) {
  const bool moves = velocity.data != nullptr;
  for_each_row_and_block(device, copies, blocks_of(n, kBlock), [&](int r, std::int64_t block) {
    const std::int64_t begin = block * kBlock;
    step(parameters, std::min(kBlock, n - begin), gradient.of(r) + begin, moves ? velocity.of(r) + begin : nullptr,
         w.of(r) + begin);
  });
}

}  // namespace syncline::kernels::cpu
