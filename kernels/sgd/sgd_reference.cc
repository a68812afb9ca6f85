#include "kernels/sgd/sgd.h"

namespace syncline::kernels::reference {

void sgd_update(const Device&, int copies, std::int64_t n, const SgdParameters& parameters, Strided<const float> gradient,
                Strided<float> velocity, Strided<float> w) {
  for (int r = 0; r < copies; ++r) {
    for (std::int64_t i = 0; i < n; ++i) {
      float step = gradient.of(r)[i] + parameters.weight_decay * w.of(r)[i];
      if (velocity.data != nullptr) step = velocity.of(r)[i] = parameters.momentum * velocity.of(r)[i] + step;
      w.of(r)[i] -= parameters.learning_rate * step;
    }
  }
}

}  // namespace syncline::kernels::reference
