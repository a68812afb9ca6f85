// Who is the last of a launch's blocks to have done its part, and so may go on with what all have written.
#pragma once

#include "kernels/cuda_call.cuh"

namespace syncline::kernels::cuda {

/// True, on all threads, in the last of the blocks along x that come here with this counter, which began as 0: what the others wrote
/// before they came can be read, past the cache (__ldcg). All threads of the block come here.
__device__ inline bool is_last_block(unsigned* done) {
  __shared__ bool is_last;
  __threadfence();  // what this block wrote, before the count
  __syncthreads();
  if (threadIdx.x == 0) is_last = atomicAdd(done, 1U) == gridDim.x - 1;
  __syncthreads();
  __threadfence();  // and the count before what the others wrote
  return is_last;
}

}  // namespace syncline::kernels::cuda
