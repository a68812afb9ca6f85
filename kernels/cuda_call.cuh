// Calls of the CUDA runtime and launches of kernels, with KernelError where they fail. A kernel runs after all that its device was
// asked before, and nobody waits for it: what goes wrong in it comes out at the next copy from the device. What fails as memory or
// a stream is given back, where nothing can be thrown, comes out at the next launch, which asks for the last error.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include <cuda_runtime.h>

#include "kernels/device.h"

namespace syncline::kernels::cuda {

inline constexpr int kThreads = 256;  // of a block, unless a launch says otherwise
inline constexpr int kWarp = 32;
inline constexpr unsigned kAllLanes = ~0U;  // of a warp

inline void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // which would tell the next one who asks what is told here
  const std::string line = std::string("CUDA, ") + what + ": " + cudaGetErrorString(status);
  if (status == cudaErrorMemoryAllocation) throw OutOfMemory(line);
  throw KernelError(line);
}

inline cudaStream_t stream_of(const Device& device) { return static_cast<cudaStream_t>(device.stream()); }

/// How many blocks a kernel needs, and of how many threads each. Shared memory is what the kernel declares: at most 48 KiB,
/// and none beyond.
struct Grid {
  std::int64_t x = 1, y = 1, z = 1;  // x: less than 2^31
  int threads = kThreads;
};

#ifdef SYNCLINE_EMULATED_CUDA
inline constexpr std::int64_t kMostRows = 3;  // so few that every test of 4 rows sees whether a kernel takes the others
inline constexpr std::int64_t kMostAtWork = 2;

template <class... Parameters, class... Arguments>
void start(const Device&, const char* what, void (*kernel)(Parameters...), dim3 grid, dim3 block, const Arguments&... arguments) {
  emulated::run(what, grid, block, [&] { kernel(arguments...); });
}
#else
inline constexpr std::int64_t kMostRows = 65535;  // all that CUDA allows
/// Blocks along x of a kernel that goes on in steps of gridDim.x, since a block of it begins and ends with work of its own: those
/// that an H200 has room for at a time.
inline constexpr std::int64_t kMostAtWork = 1056;

template <class... Parameters, class... Arguments>
void start(const Device& device, const char*, void (*kernel)(Parameters...), dim3 grid, dim3 block,
           const Arguments&... arguments) {
  kernel<<<grid, block, 0, stream_of(device)>>>(arguments...);
}
#endif

/// Launches kernel(arguments...); nothing where the grid is empty. CUDA has few blocks along y and z, so a kernel that is given a
/// y or z must go on in their steps: for (std::int64_t r = blockIdx.y; r < rows; r += gridDim.y).
template <class... Parameters, class... Arguments>
void launch(const Device& device, const char* what, void (*kernel)(Parameters...), const Grid& grid,
            const Arguments&... arguments) {
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
  if (grid.x > 0x7fffffff) throw KernelError(std::string("CUDA, ") + what + ": too large");
  const dim3 blocks(static_cast<unsigned>(grid.x), static_cast<unsigned>(std::min(grid.y, kMostRows)),
                    static_cast<unsigned>(std::min(grid.z, kMostRows)));
  start(device, what, kernel, blocks, dim3(static_cast<unsigned>(grid.threads)), arguments...);
  check(cudaGetLastError(), what);
}

/// Blocks for one thread per element.
inline std::int64_t blocks_for(std::int64_t n, std::int64_t threads = kThreads) { return (n + threads - 1) / threads; }

/// n as an int, for kernels that count one replica's numbers in 32 bits, since 64 cost them dearly.
inline int as_int(std::int64_t n, const char* what) {
  if (n > 0x7fffffff) throw KernelError(std::string("CUDA, ") + what + ": too large");
  return static_cast<int>(n);
}

/// The element of this thread, with one thread per element; it may lie beyond the end.
__device__ inline std::int64_t this_element() { return std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; }

}  // namespace syncline::kernels::cuda
