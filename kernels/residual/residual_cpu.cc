#include "kernels/lanes.h"
#include "kernels/ordered_sum.h"
#include "kernels/residual/residual.h"

namespace syncline::kernels::cpu {
namespace {

/// blocked_sum of a * b, in its order.
double dot(const float* a, const float* b, std::int64_t n) {
  double sum = 0;
  for (std::int64_t begin = 0; begin < n; begin += kSumBlock) {
    const std::int64_t end = std::min(n, begin + kSumBlock);
    Lanes lanes{};
    for (std::int64_t i = begin; i < end; i += kLanes) {
      lanes += load_up_to<Lanes>(a + i, end - i) * load_up_to<Lanes>(b + i, end - i);
    }
    sum += fold(lanes);
  }
  return sum;
}

}  // namespace

void residual_forward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> skip,
                      Strided<const float> branch, Strided<const float> alpha, Strided<float> y) {
  const std::int64_t n = features * replicas.batch;
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    const float *a = skip.of(r), *b = branch.of(r), scale = *alpha.of(r);
    float* to = y.of(r);
    for (std::int64_t i = 0; i < n; ++i) to[i] = a[i] + scale * b[i];
  });
}

void residual_backward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> branch,
                       Strided<const float> dy, Strided<const float> alpha, Strided<float> dbranch, Strided<float> dalpha) {
  const std::int64_t n = features * replicas.batch;
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    const float *gradient = dy.of(r), scale = *alpha.of(r);
    float* to = dbranch.of(r);
    *dalpha.of(r) = static_cast<float>(dot(branch.of(r), gradient, n));
    for (std::int64_t i = 0; i < n; ++i) to[i] = scale * gradient[i];
  });
}

}  // namespace syncline::kernels::cpu
