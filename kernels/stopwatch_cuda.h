// The stopwatch's part on the CUDA device. Where CUDA isn't compiled there is no such device.
#pragma once

#include <cstddef>
#include <functional>

#include "kernels/device.h"

namespace syncline::kernels::cuda {

#if SYNCLINE_HAS_CUDA

void copy_within(const Device& device, void* to, const void* from, std::size_t bytes);
/// Between two events around `work`, after `cache` has been written.
double seconds_of(const Device& device, const std::function<void()>& work, void* cache, std::size_t cache_bytes);

#else

inline void copy_within(const Device&, void*, const void*, std::size_t) {}
inline double seconds_of(const Device&, const std::function<void()>&, void*, std::size_t) { return 0; }

#endif

}  // namespace syncline::kernels::cuda
