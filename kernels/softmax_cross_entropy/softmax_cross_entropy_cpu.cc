#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"

namespace syncline::kernels::cpu {

void softmax_cross_entropy(const Device& device, int classes, Replicas replicas, Strided<const float> logits,
                           const std::uint8_t* labels, Strided<float> dlogits, float* loss, std::int32_t* correct) {
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    reference::softmax_cross_entropy(device, classes, {1, replicas.batch}, {logits.of(r), 0}, labels + r * replicas.batch,
                                     {dlogits.of(r), 0}, loss + r, correct + r);
  });
}

}  // namespace syncline::kernels::cpu
