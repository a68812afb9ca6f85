// The memory of the CUDA device, for device.cc. Where CUDA isn't compiled there is no such device.
#pragma once

#include <cstddef>
#include <memory>

namespace syncline::kernels::cuda {

#if SYNCLINE_HAS_CUDA

/// True where a GPU and its driver are here and usable.
bool device_found();

/// Zeroed, in the device's memory. KernelError, as from the copies, with what CUDA said where it fails.
std::shared_ptr<void> allocate(std::size_t bytes);
void copy_in(void* to, const void* from, std::size_t bytes);
void copy_out(void* to, const void* from, std::size_t bytes);

#else

inline bool device_found() { return false; }
inline std::shared_ptr<void> allocate(std::size_t) { return {}; }
inline void copy_in(void*, const void*, std::size_t) {}
inline void copy_out(void*, const void*, std::size_t) {}

#endif

}  // namespace syncline::kernels::cuda
