#include <algorithm>

#include "kernels/device_cuda.h"
#include "kernels/last_block.cuh"
#include "kernels/ordered_sum.cuh"
#include "kernels/packs.cuh"
#include "kernels/residual/residual.h"

namespace syncline::kernels::cuda {
namespace {

struct SkipAndBranch {
  Strided<const float> alpha;
  __device__ float operator()(std::int64_t r, float skip, float branch) const { return skip + *alpha.of(r) * branch; }
};

/// What the two gradients are made of and go to.
struct Backward {
  Strided<const float> branch, dy, alpha;
  Strided<float> dbranch, dalpha;
};

/// dbranch in the block's kSumBlock elements, and their part of dalpha to sums [replica][block]. The last block of a replica to
/// be done, by the replica's count in `done` [replica], adds them up.
__global__ void backward(int count, std::int64_t n, Backward of, float* sums, unsigned* done) {
  __shared__ float products[kSumBlock];
  const std::int64_t begin = blockIdx.x * kSumBlock;
  const int size = static_cast<int>(n - begin < kSumBlock ? n - begin : kSumBlock);
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    const float alpha = *of.alpha.of(r);
    for (int i = static_cast<int>(threadIdx.x); i < size; i += kThreads) {
      const float dy = of.dy.of(r)[begin + i];  // read first: dbranch may be dy
      products[i] = of.branch.of(r)[begin + i] * dy;
      of.dbranch.of(r)[begin + i] = alpha * dy;
    }
    const float sum = block_lane_sum(products, size);
    if (threadIdx.x == 0) sums[r * gridDim.x + blockIdx.x] = sum;
    if (is_last_block(done + r)) {
      const double all = block_sum_in_order(sums + r * gridDim.x, gridDim.x, products);
      if (threadIdx.x == 0) *of.dalpha.of(r) = static_cast<float>(all);
    }
    __syncthreads();  // nobody has gone on to the next replica while another needs this one's
  }
}

}  // namespace

void residual_forward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> skip,
                      Strided<const float> branch, Strided<const float> alpha, Strided<float> y) {
  map_rows(device, "residual_forward", replicas.count, features * replicas.batch, SkipAndBranch{alpha}, y, skip, branch);
}

void residual_backward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> branch,
                       Strided<const float> dy, Strided<const float> alpha, Strided<float> dbranch, Strided<float> dalpha) {
  const std::int64_t n = features * replicas.batch, blocks = std::max<std::int64_t>(1, (n + kSumBlock - 1) / kSumBlock);
  const std::shared_ptr<void> scratch = allocate(device, static_cast<std::size_t>(replicas.count * (blocks + 1)) * sizeof(float));
  auto* const sums = static_cast<float*>(scratch.get());
  auto* const done = reinterpret_cast<unsigned*>(sums + replicas.count * blocks);  // none yet: scratch begins as zeros
  launch(device, "residual_backward", backward, {blocks, replicas.count}, replicas.count, n,
         Backward{branch, dy, alpha, dbranch, dalpha}, sums, done);
}

}  // namespace syncline::kernels::cuda
