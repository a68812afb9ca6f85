#include "kernels/relu/relu.h"

namespace syncline::kernels::reference {

void relu_forward(const Device&, std::int64_t features, Replicas replicas, Strided<const float> x, Strided<float> y) {
  for (int r = 0; r < replicas.count; ++r) {
    for (std::int64_t i = 0; i < features * replicas.batch; ++i) y.of(r)[i] = x.of(r)[i] < 0 ? 0.0F : x.of(r)[i];
  }
}

void relu_backward(const Device&, std::int64_t features, Replicas replicas, Strided<const float> y, Strided<const float> dy,
                   Strided<float> dx) {
  for (int r = 0; r < replicas.count; ++r) {
    for (std::int64_t i = 0; i < features * replicas.batch; ++i) dx.of(r)[i] = y.of(r)[i] > 0 ? dy.of(r)[i] : 0.0F;
  }
}

}  // namespace syncline::kernels::reference
