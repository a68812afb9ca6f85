// The sums of kernels/pair_sum.h by the threads of many blocks.
#pragma once

#include "kernels/device_cuda.h"
#include "kernels/lane_sum.cuh"
#include "kernels/last_block.cuh"
#include "kernels/pair_sum.h"

namespace syncline::kernels::cuda {

static_assert(kPairLanes == kThreads);

/// The upper half of `width` lanes added to the lower until one is left: the sum, for the first of them. All threads of a warp
/// come here.
__device__ inline Pair fold_pairs(Pair mine, int width) {
  for (int half = width / 2; half > 0; half /= 2) {
    const auto distance = static_cast<unsigned>(half);
    mine += {__shfl_down_sync(kAllLanes, mine.first, distance, width), __shfl_down_sync(kAllLanes, mine.second, distance, width)};
  }
  return mine;
}

/// The fold of the block's threads as lanes, for thread 0. All threads of the block come here.
__device__ inline Pair fold_block(Pair mine) {
  constexpr int kGroups = kPairLanes / kPairGroup;
  __shared__ Pair groups[kGroups];
  mine = fold_pairs(mine, kPairGroup);
  __syncthreads();  // all have read what the last call left
  if (threadIdx.x % kPairGroup == 0) groups[threadIdx.x / kPairGroup] = mine;
  __syncthreads();
  return threadIdx.x < kPairGroup ? fold_pairs(groups[threadIdx.x % kGroups], kGroups) : mine;
}

/// What the blocks of a row have to tell each other: sums [row][block], and [row] how many are done. Of one block a row, nothing.
struct PairScratch {
  Pair* sums;
  unsigned* done;
};

/// result(replica, row of it, sum) by one thread for each row; terms(replica, row of it) is what gives the Pair of term i.
/// A block is kPairBlock terms of a row; the last of a row's blocks to be done adds up what all have.
template <class Terms, class Result>
__global__ void sum_pairs(int replicas, int rows, std::int64_t n, Terms terms, Result result, PairScratch scratch) {
  const std::int64_t begin = blockIdx.x * kPairBlock, end = n - begin < kPairBlock ? n : begin + kPairBlock;
  const std::int64_t all_rows = std::int64_t{replicas} * rows;
  for (std::int64_t row = blockIdx.y; row < all_rows; row += gridDim.y) {
    const int r = static_cast<int>(row / rows), of_replica = static_cast<int>(row % rows);
    const auto term = terms(r, of_replica);
    Pair mine{};
#pragma unroll 8
    for (std::int64_t i = begin + threadIdx.x; i < end; i += kPairLanes) mine += term(i);
    Pair sum = fold_block(mine);
    bool is_last = true;
    if (gridDim.x > 1) {
      Pair* const sums = scratch.sums + row * gridDim.x;
      if (threadIdx.x == 0) sums[blockIdx.x] = sum;
      is_last = is_last_block(scratch.done + row);
      mine = {};
      for (unsigned b = threadIdx.x; is_last && b < gridDim.x; b += kPairLanes) {
        mine += {__ldcg(&sums[b].first), __ldcg(&sums[b].second)};
      }
      if (is_last) sum = fold_block(mine);
    }
    if (is_last && threadIdx.x == 0) result(r, of_replica, sum);
  }
}

template <class Terms, class Result>
void launch_pair_sums(const Device& device, const char* what, int replicas, int rows, std::int64_t n, const Terms& terms,
                      const Result& result) {
  const std::int64_t blocks = blocks_for(n, kPairBlock), all_rows = std::int64_t{replicas} * rows;
  std::shared_ptr<void> memory;
  PairScratch scratch{};
  if (blocks > 1) {
    const std::int64_t sums = all_rows * blocks;
    memory =
        allocate(device, static_cast<std::size_t>(sums) * sizeof(Pair) + static_cast<std::size_t>(all_rows) * sizeof(unsigned));
    scratch.sums = static_cast<Pair*>(memory.get());
    scratch.done = reinterpret_cast<unsigned*>(scratch.sums + sums);  // none yet: scratch begins as zeros
  }
  launch(device, what, sum_pairs<Terms, Result>, {blocks, all_rows}, replicas, rows, n, terms, result, scratch);
}

}  // namespace syncline::kernels::cuda
