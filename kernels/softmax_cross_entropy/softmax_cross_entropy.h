// The loss of a classifier: cross-entropy of the softmax of its logits, and its gradient.
#pragma once

#include "kernels/device.h"

namespace syncline::kernels {

/// Of logits [replica][class][sample] and labels [replica][sample], each below `classes`:
/// loss [replica], the mean over the batch of log(sum exp(logits)) - logits[label], each less the largest logit first;
/// dlogits, the gradient of that mean: (softmax - one-hot(label)) / batch; may be logits;
/// correct [replica], the number of samples whose label is the first of their largest logits.
void softmax_cross_entropy(const Device& device, int classes, Replicas replicas, Strided<const float> logits,
                           const std::uint8_t* labels, Strided<float> dlogits, float* loss, std::int32_t* correct);

namespace reference {
decltype(kernels::softmax_cross_entropy) softmax_cross_entropy;
}  // namespace reference

namespace cpu {
decltype(kernels::softmax_cross_entropy) softmax_cross_entropy;
}  // namespace cpu

namespace cuda {
decltype(kernels::softmax_cross_entropy) softmax_cross_entropy;
}  // namespace cuda

}  // namespace syncline::kernels
