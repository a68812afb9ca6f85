// Scaled dot-product attention of many heads (Vaswani et al., Attention Is All You Need, NeurIPS 2017, section 3.2.1):
// softmax(Q K^T / sqrt(head_features)) V for each head and sample, where causal only over the tokens up to the query's own.
//
// q, k, v, y and their gradients are [replica][head][head_feature][token][sample], as all layers on text have their features;
// probabilities are [replica][head][sample][query token][key token]. All sums and exp are the backend's own: backends agree
// within rounding. Where causal, probabilities of later tokens are 0, and no finite number of a later token changes a result. NaN
// or infinity reaches at most its own head and sample, there any token.
#pragma once

#include "kernels/device.h"

namespace syncline::kernels {

struct AttentionShape {
  int heads, head_features, tokens;
  bool causal = false;
};

/// y and the probabilities, which are kept for the backward pass; neither may be an input.
///
/// On a GPU with T tokens and D features a head: 4 T^2 D operations a head and sample, causal or not. Moved are q, k and v four
/// times and y three times, since they are copied to have a sample's tokens side by side, and the probabilities four times. Launches:
/// one copy in, two products (of each replica, where the probabilities have gaps between replicas), one softmax, one copy out. Scratch
/// is as large as q, k and v.
void attention_forward(const Device& device, const AttentionShape& shape, Replicas replicas, Strided<const float> q,
                       Strided<const float> k, Strided<const float> v, Strided<float> y, Strided<float> probabilities);

/// The gradients. With dP = dy^T V and dS = P (dP - the sum of P dP over the keys) / sqrt(head_features): dq = K dS^T, dk = Q dS,
/// dv = dy P, where matrices of tokens have a column each. None may be an input.
///
/// On a GPU 8 T^2 D operations a head and sample. Moved are q, k, v and dy four times, dq, dk and dv three times, and the
/// probabilities twice; their gradient, scratch of the same size, six times. Launches: one copy in, four products, one softmax, one
/// copy out. Scratch beside that is as large as q, k, v and dy.
void attention_backward(const Device& device, const AttentionShape& shape, Replicas replicas, Strided<const float> q,
                        Strided<const float> k, Strided<const float> v, Strided<const float> probabilities,
                        Strided<const float> dy, Strided<float> dq, Strided<float> dk, Strided<float> dv);

namespace reference {
decltype(kernels::attention_forward) attention_forward;
decltype(kernels::attention_backward) attention_backward;
}  // namespace reference

namespace cpu {
decltype(kernels::attention_forward) attention_forward;
decltype(kernels::attention_backward) attention_backward;
}  // namespace cpu

namespace cuda {
decltype(kernels::attention_forward) attention_forward;
decltype(kernels::attention_backward) attention_backward;
}  // namespace cuda

}  // namespace syncline::kernels
