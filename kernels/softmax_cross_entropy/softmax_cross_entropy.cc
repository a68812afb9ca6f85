#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void softmax_cross_entropy(const Device& device, int classes, Replicas replicas, Strided<const float> logits,
                           const std::uint8_t* labels, Strided<float> dlogits, float* loss, std::int32_t* correct) {
  dispatch(device, reference::softmax_cross_entropy, cpu::softmax_cross_entropy, SYNCLINE_IF_CUDA(cuda::softmax_cross_entropy),
           classes, replicas, logits, labels, dlogits, loss, correct);
}

}  // namespace syncline::kernels
