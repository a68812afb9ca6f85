// The memory of the CUDA device, for device.cc and for what kernels need in between. Where CUDA isn't compiled there is no such
// device.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "kernels/device.h"

namespace syncline::kernels::cuda {

#if SYNCLINE_HAS_CUDA

/// What keeps a GPU and its driver from being used, in CUDA's words; "" where nothing does.
std::string device_problem();
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
void wait(const Device& device);
/// Like allocate, but it holds anything: for what a kernel writes before another one reads it.
std::shared_ptr<void> allocate_scratch(const Device& device, std::size_t bytes);
/// What was freed and is kept for whoever asks next goes back to CUDA.
void give_back_unused();

#else

inline std::string device_problem() { return "Syncline was built without CUDA"; }
inline std::string device_name() { return {}; }
inline std::string device_details() { return {}; }
inline bool rounds_factors() { return false; }
inline std::shared_ptr<void> open_stream() { return {}; }
inline std::shared_ptr<void> allocate(const Device&, std::size_t) { return {}; }
inline void copy_in(const Device&, void*, const void*, std::size_t) {}
inline void copy_out(const Device&, void*, const void*, std::size_t) {}
inline void wait(const Device&) {}

#endif

}  // namespace syncline::kernels::cuda
