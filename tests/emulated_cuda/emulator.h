// Runs a kernel on the processor: blocks one after another, a block's threads in turns, each until it waits for others.
//
// Wherever a GPU promises no order, several are tried: blocks go upward in one launch and downward in the next, and so do the
// threads of neighbouring blocks. A kernel that needs a __syncthreads which it lacks is then wrong in one of them.
//
// What can't go on is reported with the kernel's name and the thread, and ends the program.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <source_location>
#include <string>

#include "tests/emulated_cuda/language.h"

namespace syncline::emulated {

using Where = std::source_location;

/// What a launch does on a GPU: thread() for every thread of every block. One thread does it all, after the other: a second
/// caller waits. Sizes that a GPU would refuse are refused, for cudaGetLastError to tell.
void run(const char* kernel, dim3 grid, dim3 block, const std::function<void()>& thread);

/// Of the thread that runs now, in its warp: 0 to 31.
int lane();

struct BlockVote {
  int yes = 0, all = 0;
};
/// Waits for all threads of the block that haven't exited, all at the same place.
BlockVote meet_block(const char* operation, bool yes, Where where);

struct WarpExchange {
  std::uint64_t value = 0;  // that of the lane asked for
  unsigned ballot = 0;      // the lanes whose value isn't 0
};
/// Waits for the lanes of the mask, all at the same place with the same mask.
WarpExchange meet_warp(const char* operation, unsigned mask, std::uint64_t value, int source, Where where);

/// Held while a kernel or a copy runs: there is one device.
std::mutex& device_lock();

/// "kernel 'relu', block (0, 1, 0), thread (31, 0, 0)"; "" while none runs.
std::string running_thread();

/// Says it on stderr and aborts.
[[noreturn]] void die(const std::string& message);

}  // namespace syncline::emulated
