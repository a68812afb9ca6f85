#include "kernels/packs.cuh"
#include "kernels/relu/relu.h"

namespace syncline::kernels::cuda {
namespace {

struct Rectified {
  __device__ float operator()(std::int64_t, float x) const { return x < 0 ? 0.0F : x; }
};

struct WherePositive {
  __device__ float operator()(std::int64_t, float y, float dy) const { return y > 0 ? dy : 0.0F; }
};

}  // namespace

void relu_forward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> x, Strided<float> y) {
  map_rows(device, "relu_forward", replicas.count, features * replicas.batch, Rectified{}, y, x);
}

void relu_backward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> y,
                   Strided<const float> dy, Strided<float> dx) {
  map_rows(device, "relu_backward", replicas.count, features * replicas.batch, WherePositive{}, dx, y, dy);
}

}  // namespace syncline::kernels::cuda
