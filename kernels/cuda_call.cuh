// Calls of the CUDA runtime and launches of kernels, with KernelError where they fail. Everything goes to the default stream.
#pragma once

#include <cstdint>
#include <string>

#include <cuda_runtime.h>

#include "kernels/device.h"

namespace syncline::kernels::cuda {

inline constexpr int kThreads = 256;  // of a block

inline void check(cudaError_t status, const char* what) {
  if (status != cudaSuccess) throw KernelError(std::string("CUDA, ") + what + ": " + cudaGetErrorString(status));
}

/// Launches kernel(arguments...) on `blocks` x `rows` blocks of kThreads threads; nothing where there are none.
template <class... Parameters, class... Arguments>
void launch(const char* what, void (*kernel)(Parameters...), std::int64_t blocks, int rows, const Arguments&... arguments) {
  if (blocks == 0 || rows == 0) return;
  const dim3 grid(static_cast<unsigned>(blocks), static_cast<unsigned>(rows));
  kernel<<<grid, kThreads>>>(arguments...);
  check(cudaGetLastError(), what);
}

/// Blocks for one thread per element.
inline std::int64_t blocks_for(std::int64_t n) { return (n + kThreads - 1) / kThreads; }

/// The element of this thread, with one thread per element; it may lie beyond the end.
__device__ inline std::int64_t this_element() { return std::int64_t{blockIdx.x} * kThreads + threadIdx.x; }

}  // namespace syncline::kernels::cuda
