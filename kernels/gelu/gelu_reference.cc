#include <cmath>
#include <numbers>

#include "kernels/gelu/gelu.h"

namespace syncline::kernels::reference {
namespace {

constexpr float kSqrtHalf = std::numbers::sqrt2_v<float> / 2;
constexpr float kDensityAtZero = std::numbers::inv_sqrtpi_v<float> * kSqrtHalf;

float distribution(float x) { return 0.5F * (1 + std::erf(x * kSqrtHalf)); }
float density(float x) { return kDensityAtZero * std::exp(-0.5F * x * x); }

}  // namespace

void gelu_forward(const Device&, std::int64_t features, Replicas replicas, Strided<const float> x, Strided<float> y) {
  for (int r = 0; r < replicas.count; ++r) {
    for (std::int64_t i = 0; i < features * replicas.batch; ++i) y.of(r)[i] = x.of(r)[i] * distribution(x.of(r)[i]);
  }
}

void gelu_backward(const Device&, std::int64_t features, Replicas replicas, Strided<const float> x, Strided<const float> dy,
                   Strided<float> dx) {
  for (int r = 0; r < replicas.count; ++r) {
    for (std::int64_t i = 0; i < features * replicas.batch; ++i) {
      const float at = x.of(r)[i];
      dx.of(r)[i] = dy.of(r)[i] * (distribution(at) + at * density(at));
    }
  }
}

}  // namespace syncline::kernels::reference
