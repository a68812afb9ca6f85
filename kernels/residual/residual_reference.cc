#include "kernels/ordered_sum.h"
#include "kernels/residual/residual.h"

namespace syncline::kernels::reference {

void residual_forward(const Device&, std::int64_t features, Replicas replicas, Strided<const float> skip,
                      Strided<const float> branch, Strided<const float> alpha, Strided<float> y) {
  for (int r = 0; r < replicas.count; ++r) {
    for (std::int64_t i = 0; i < features * replicas.batch; ++i) y.of(r)[i] = skip.of(r)[i] + *alpha.of(r) * branch.of(r)[i];
  }
}

void residual_backward(const Device&, std::int64_t features, Replicas replicas, Strided<const float> branch,
                       Strided<const float> dy, Strided<const float> alpha, Strided<float> dbranch, Strided<float> dalpha) {
  const std::int64_t n = features * replicas.batch;
  for (int r = 0; r < replicas.count; ++r) {
    *dalpha.of(r) = static_cast<float>(blocked_sum(n, [&](std::int64_t i) { return branch.of(r)[i] * dy.of(r)[i]; }));
    for (std::int64_t i = 0; i < n; ++i) dbranch.of(r)[i] = *alpha.of(r) * dy.of(r)[i];
  }
}

}  // namespace syncline::kernels::reference
