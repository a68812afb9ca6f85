// The memory of the CUDA device, for device.cc and for what kernels need in between. Where CUDA isn't compiled there is no such
// device.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "kernels/device.h"

namespace syncline::kernels::cuda {

#if SYNCLINE_HAS_CUDA

/// True where a GPU and its driver are here and usable.
bool device_found();
/// As its maker calls it, or "emulated" (tests/emulated_cuda).
std::string device_name();
/// Its driver, clock and memory, in words.
std::string device_details();
/// True where its tensor cores take TF32 and bf16: from Ampere on.
bool rounds_factors();
/// The queue of all that a Device is asked to do.
std::shared_ptr<void> open_stream();

/// Zeroed, in the device's memory; freed when all that the device was asked until then is done. KernelError, as from the
/// copies, with what CUDA said where it fails.
std::shared_ptr<void> allocate(const Device& device, std::size_t bytes);
void copy_in(const Device& device, void* to, const void* from, std::size_t bytes);
void copy_out(const Device& device, void* to, const void* from, std::size_t bytes);

#else

inline bool device_found() { return false; }
inline std::string device_name() { return {}; }
inline std::string device_details() { return {}; }
inline bool rounds_factors() { return false; }
inline std::shared_ptr<void> open_stream() { return {}; }
inline std::shared_ptr<void> allocate(const Device&, std::size_t) { return {}; }
inline void copy_in(const Device&, void*, const void*, std::size_t) {}
inline void copy_out(const Device&, void*, const void*, std::size_t) {}

#endif

}  // namespace syncline::kernels::cuda
