#include "kernels/attention/attention.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void attention_forward(const Device& device, const AttentionShape& shape, Replicas replicas, Strided<const float> q,
                       Strided<const float> k, Strided<const float> v, Strided<float> y, Strided<float> probabilities) {
  dispatch(device, reference::attention_forward, cpu::attention_forward, SYNCLINE_IF_CUDA(cuda::attention_forward), shape,
           replicas, q, k, v, y, probabilities);
}

void attention_backward(const Device& device, const AttentionShape& shape, Replicas replicas, Strided<const float> q,
                        Strided<const float> k, Strided<const float> v, Strided<const float> probabilities,
                        Strided<const float> dy, Strided<float> dq, Strided<float> dk, Strided<float> dv) {
  dispatch(device, reference::attention_backward, cpu::attention_backward, SYNCLINE_IF_CUDA(cuda::attention_backward), shape,
           replicas, q, k, v, probabilities, dy, dq, dk, dv);
}

}  // namespace syncline::kernels
