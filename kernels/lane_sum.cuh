// The end of lane_sum (kernels/ordered_sum.h) where 16 threads side by side are its lanes.
#pragma once

#include "kernels/cuda_call.cuh"
#include "kernels/ordered_sum.h"

namespace syncline::kernels::cuda {

/// The upper half of the lanes added to the lower until one is left: the sum, for lane 0 of each 16. All threads of a warp come
/// here.
__device__ inline float fold_lanes(float mine) {
  for (int half = kSumLanes / 2; half > 0; half /= 2) {
    mine += __shfl_down_sync(kAllLanes, mine, static_cast<unsigned>(half), kSumLanes);
  }
  return mine;
}

}  // namespace syncline::kernels::cuda
