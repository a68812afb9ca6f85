#include "kernels/dropout/dropout.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {
namespace {

void check(float probability) {
  if (probability >= 0 && probability < 1) return;
  throw KernelError("dropout takes a probability from 0 to below 1, not " + std::to_string(probability));
}

}  // namespace

void dropout_forward(const Device& device, std::int64_t features, Replicas replicas, float probability, const DropoutKey& key,
                     Strided<const float> x, Strided<float> y, Strided<std::uint8_t> mask) {
  check(probability);
  dispatch(device, reference::dropout_forward, cpu::dropout_forward, SYNCLINE_IF_CUDA(cuda::dropout_forward), features, replicas,
           probability, key, x, y, mask);
}

void dropout_backward(const Device& device, std::int64_t features, Replicas replicas, float probability,
                      Strided<const std::uint8_t> mask, Strided<const float> dy, Strided<float> dx) {
  check(probability);
  dispatch(device, reference::dropout_backward, cpu::dropout_backward, SYNCLINE_IF_CUDA(cuda::dropout_backward), features,
           replicas, probability, mask, dy, dx);
}

}  // namespace syncline::kernels
