#include "kernels/blas_cuda.h"
#include "kernels/cuda_call.cuh"
#include "kernels/dense/dense.h"

namespace syncline::kernels::cuda {
namespace {

/// y [out][batch] = bias.
__global__ void spread_bias(int n, Replicas replicas, Strided<const float> bias, Strided<float> y) {
  const std::int64_t i = this_element();
  if (i >= n) return;
  for (std::int64_t r = blockIdx.y; r < replicas.count; r += gridDim.y)
    y.of(r)[i] = bias.of(r)[static_cast<int>(i) / replicas.batch];
}

/// A warp sums one output's batch.
__global__ void sum_batches(int out, Replicas replicas, Strided<const float> dy, Strided<float> dbias) {
  const std::int64_t o = this_element() / kWarp;
  if (o >= out) return;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  for (std::int64_t r = blockIdx.y; r < replicas.count; r += gridDim.y) {
    float sum = 0;
    for (int s = lane; s < replicas.batch; s += kWarp) sum += dy.of(r)[o * replicas.batch + s];
    for (int half = kWarp / 2; half > 0; half /= 2) sum += __shfl_down_sync(kAllLanes, sum, half);
    if (lane == 0) dbias.of(r)[o] = sum;
  }
}

}  // namespace

void dense_forward(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> x,
                   Strided<const float> w, Strided<const float> bias, Strided<float> y) {
  const int n = as_int(std::int64_t{shape.out} * replicas.batch, "dense_forward");
  const bool biased = bias.data != nullptr;
  if (biased) launch(device, "dense_forward, bias", spread_bias, {blocks_for(n), replicas.count}, n, replicas, bias, y);
  multiply(device, "dense_forward", replicas.count, {shape.out, replicas.batch, shape.in}, {w}, {x}, biased, y);
}

void dense_backward_input(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> dy,
                          Strided<const float> w, Strided<float> dx) {
  multiply(device, "dense_backward_input", replicas.count, {shape.in, replicas.batch, shape.out}, {w, true}, {dy}, false, dx);
}

void dense_backward_weights(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> x,
                            Strided<const float> dy, Strided<float> dw, Strided<float> dbias) {
  multiply(device, "dense_backward_weights", replicas.count, {shape.out, shape.in, replicas.batch}, {dy}, {x, true}, false, dw);
  if (dbias.data == nullptr) return;
  launch(device, "dense_backward_weights, bias", sum_batches, {blocks_for(std::int64_t{shape.out} * kWarp), replicas.count},
         shape.out, replicas, dy, dbias);
}

}  // namespace syncline::kernels::cuda
