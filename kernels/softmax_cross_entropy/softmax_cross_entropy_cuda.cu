#include <algorithm>

#include "kernels/cuda_call.cuh"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"

namespace syncline::kernels::cuda {
namespace {

/// What samples add to their replica's results.
struct Share {
  double loss = 0;
  int correct = 0;
};

/// One sample's column of logits, a class every `batch` floats, and its gradient; they may be the same.
__device__ Share take_sample(int classes, int batch, const float* x, int label, float* gradient) {
  float largest = x[0];
  int best = 0;
  for (int c = 1; c < classes; ++c) {
    const float value = x[c * batch];
    if (value > largest) {
      largest = value;
      best = c;
    }
  }
  const float shifted_label = x[label * batch] - largest;
  float sum = 0;
  for (int c = 0; c < classes; ++c) sum += gradient[c * batch] = expf(x[c * batch] - largest);
  for (int c = 0; c < classes; ++c) {
    float& g = gradient[c * batch];
    g = (g / sum - (c == label ? 1.0F : 0.0F)) / static_cast<float>(batch);
  }
  return {logf(sum) - shifted_label, best == label ? 1 : 0};
}

/// The sum over the block, for thread 0, always in the same order. All threads of the block come here.
__device__ Share sum_of_block(Share own) {
  __shared__ double losses[kThreads / kWarp];
  __shared__ int corrects[kThreads / kWarp];
  for (int half = kWarp / 2; half > 0; half /= 2) {
    own.loss += __shfl_down_sync(kAllLanes, own.loss, half);
    own.correct += __shfl_down_sync(kAllLanes, own.correct, half);
  }
  if (threadIdx.x % kWarp == 0) {
    losses[threadIdx.x / kWarp] = own.loss;
    corrects[threadIdx.x / kWarp] = own.correct;
  }
  __syncthreads();
  Share all;
  for (unsigned warp = 0; threadIdx.x == 0 && warp < blockDim.x / kWarp; ++warp) {
    all.loss += losses[warp];
    all.correct += corrects[warp];
  }
  return all;
}

/// A block is a replica, a thread every blockDim-th of its samples.
__global__ void losses_and_gradients(int classes, int batch, Strided<const float> logits, const std::uint8_t* labels,
                                     Strided<float> dlogits, float* loss, std::int32_t* correct) {
  const std::int64_t r = blockIdx.x;
  Share own;
  for (int s = static_cast<int>(threadIdx.x); s < batch; s += static_cast<int>(blockDim.x)) {
    const Share share = take_sample(classes, batch, logits.of(r) + s, labels[r * batch + s], dlogits.of(r) + s);
    own.loss += share.loss;
    own.correct += share.correct;
  }
  const Share all = sum_of_block(own);
  if (threadIdx.x != 0) return;
  loss[r] = static_cast<float>(all.loss / static_cast<double>(batch));
  correct[r] = all.correct;
}

}  // namespace

void softmax_cross_entropy(const Device& device, int classes, Replicas replicas, Strided<const float> logits,
                           const std::uint8_t* labels, Strided<float> dlogits, float* loss, std::int32_t* correct) {
  as_int(std::int64_t{classes} * replicas.batch, "softmax_cross_entropy");
  const int threads = std::min(kThreads, (replicas.batch + kWarp - 1) / kWarp * kWarp);
  launch(device, "softmax_cross_entropy", losses_and_gradients, {.x = replicas.count, .threads = threads}, classes,
         replicas.batch, logits, labels, dlogits, loss, correct);
}

}  // namespace syncline::kernels::cuda
