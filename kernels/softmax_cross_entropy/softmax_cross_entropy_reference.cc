#include <cmath>

#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"

namespace syncline::kernels::reference {

void softmax_cross_entropy(const Device&, int classes, Replicas replicas, Strided<const float> logits, const std::uint8_t* labels,
                           Strided<float> dlogits, float* loss, std::int32_t* correct) {
  const std::int64_t batch = replicas.batch;
  for (int r = 0; r < replicas.count; ++r) {
    double total = 0;
    correct[r] = 0;
    for (int s = 0; s < batch; ++s) {
      const float* x = logits.of(r) + s;
      float* gradient = dlogits.of(r) + s;
      const int label = labels[r * batch + s];
      int largest = 0;
      for (int c = 1; c < classes; ++c) {
        if (x[c * batch] > x[largest * batch]) largest = c;
      }
      const float shift = x[largest * batch], shifted_label = x[label * batch] - shift;
      float sum = 0;
      for (int c = 0; c < classes; ++c) {
        gradient[c * batch] = std::exp(x[c * batch] - shift);
        sum += gradient[c * batch];
      }
      for (int c = 0; c < classes; ++c) {
        gradient[c * batch] = (gradient[c * batch] / sum - (c == label ? 1.0F : 0.0F)) / static_cast<float>(batch);
      }
      total += std::log(sum) - shifted_label;
      correct[r] += largest == label ? 1 : 0;
    }
    loss[r] = static_cast<float>(total / static_cast<double>(batch));
  }
}

}  // namespace syncline::kernels::reference
