// Dropout (Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, JMLR 2014), with what is kept scaled
// up while training, so that nothing is left to do afterwards.
//
// Element i of a replica's [feature][sample] is dropped where unit_float(uniform_bits(key, row, i)) < probability
// (kernels/random.h), with row the replica's number. All backends give the same bits.
#pragma once

#include "kernels/device.h"

namespace syncline::kernels {

/// Where the random numbers come from: a key for each layer and step.
struct DropoutKey {
  std::uint64_t key;
  std::uint32_t first_row = 0;  // the number of the first replica here, where other replicas of the same key are elsewhere
};

/// y = x * scale where an element is kept, with scale = 1 / (1 - probability) rounded to float, else 0, whatever x is; mask is 1
/// where it is kept, else 0. All are [replica][feature][sample]; y may be x. On a GPU, 9 bytes an element.
/// KernelError unless 0 <= probability < 1.
void dropout_forward(const Device& device, std::int64_t features, Replicas replicas, float probability, const DropoutKey& key,
                     Strided<const float> x, Strided<float> y, Strided<std::uint8_t> mask);

/// dx = dy * scale where the mask is not 0, else 0; dx may be dy. On a GPU, 9 bytes an element. KernelError as above.
void dropout_backward(const Device& device, std::int64_t features, Replicas replicas, float probability,
                      Strided<const std::uint8_t> mask, Strided<const float> dy, Strided<float> dx);

/// Of what is kept.
constexpr float dropout_scale(float probability) { return 1 / (1 - probability); }

namespace reference {
decltype(kernels::dropout_forward) dropout_forward;
decltype(kernels::dropout_backward) dropout_backward;
}  // namespace reference

namespace cpu {
decltype(kernels::dropout_forward) dropout_forward;
decltype(kernels::dropout_backward) dropout_backward;
}  // namespace cpu

namespace cuda {
decltype(kernels::dropout_forward) dropout_forward;
decltype(kernels::dropout_backward) dropout_backward;
}  // namespace cuda

}  // namespace syncline::kernels
