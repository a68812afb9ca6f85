#include "kernels/gelu/gelu.h"
#include "kernels/packs.cuh"

namespace syncline::kernels::cuda {
namespace {

constexpr float kSqrtHalf = 0.70710678F, kDensityAtZero = 0.39894228F;  // sqrt(1 / 2), 1 / sqrt(2 pi)

__device__ float distribution(float x) { return 0.5F * (1 + erff(x * kSqrtHalf)); }

struct Gelu {
  __device__ float operator()(std::int64_t, float x) const { return x * distribution(x); }
};

struct Slope {
  __device__ float operator()(std::int64_t, float x, float dy) const {
    return dy * (distribution(x) + x * (kDensityAtZero * expf(-0.5F * x * x)));
  }
};

}  // namespace

void gelu_forward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> x, Strided<float> y) {
  map_rows(device, "gelu_forward", replicas.count, features * replicas.batch, Gelu{}, y, x);
}

void gelu_backward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> x,
                   Strided<const float> dy, Strided<float> dx) {
  map_rows(device, "gelu_backward", replicas.count, features * replicas.batch, Slope{}, dx, x, dy);
}

}  // namespace syncline::kernels::cuda
