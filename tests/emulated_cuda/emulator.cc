#include "tests/emulated_cuda/emulator.h"

#include <cstdio>
#include <cstdlib>

#include "tests/emulated_cuda/block_runner.h"
#include "tests/emulated_cuda/device_memory.h"
#include "tests/emulated_cuda/runtime_api.h"

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace syncline::emulated {
namespace {

const char* running_kernel = nullptr;

/// The limits of every GPU since 2012 (CUDA C++ Programming Guide, "Technical specifications per compute capability").
bool fits(dim3 grid, dim3 block) {
  constexpr unsigned kMostX = 0x7fffffff, kMostYZ = 65535;
  const bool grid_fits = grid.x >= 1 && grid.y >= 1 && grid.z >= 1 && grid.x <= kMostX && grid.y <= kMostYZ && grid.z <= kMostYZ;
  const bool block_fits = block.x >= 1 && block.y >= 1 && block.z >= 1 && block.x <= kMostBlockThreads &&
                          block.y <= kMostBlockThreads && block.z <= 64;
  return grid_fits && block_fits && std::uint64_t{block.x} * block.y * block.z <= kMostBlockThreads;
}

std::string triple(uint3 i) { return "(" + std::to_string(i.x) + ", " + std::to_string(i.y) + ", " + std::to_string(i.z) + ")"; }

}  // namespace

std::mutex& device_lock() {
  static std::mutex& lock = *new std::mutex;
  return lock;
}

void run(const char* kernel, dim3 grid, dim3 block, const std::function<void()>& thread) {
  if (!fits(grid, block)) {
    remember_error(cudaErrorInvalidConfiguration);
    return;
  }
  static bool downward = false;
  const std::lock_guard lock(device_lock());
  const DeviceMemory::Open all_open;
  running_kernel = kernel;
  gridDim = grid;
  blockDim = block;
  BlockRunner& runner = BlockRunner::instance();
  runner.set_shape(block, thread);
  const std::uint64_t blocks = std::uint64_t{grid.x} * grid.y * grid.z;
  for (std::uint64_t i = 0; i < blocks; ++i) {
    const std::uint64_t b = downward ? blocks - 1 - i : i;
    blockIdx = {static_cast<unsigned>(b % grid.x), static_cast<unsigned>(b / grid.x % grid.y),
                static_cast<unsigned>(b / grid.x / grid.y)};
    runner.run(downward != (b % 2 == 1));
  }
  downward = !downward;
  DeviceMemory::instance().check_fences();
  running_kernel = nullptr;
}

int lane() { return BlockRunner::instance().current() % warpSize; }

BlockVote meet_block(const char* operation, bool yes, Where where) {
  return BlockRunner::instance().meet_block(operation, yes, where);
}

WarpExchange meet_warp(const char* operation, unsigned mask, std::uint64_t value, int source, Where where) {
  return BlockRunner::instance().meet_warp(operation, mask, value, source, where);
}

std::string running_thread() {
  if (running_kernel == nullptr) return "";
  return "kernel '" + std::string(running_kernel) + "', block " + triple(blockIdx) + ", thread " + triple(threadIdx);
}

void die(const std::string& message) {
  const std::string who = running_thread();
  std::fprintf(stderr, "emulated CUDA: %s%s%s\n", who.c_str(), who.empty() ? "" : ": ", message.c_str());
  std::abort();
}

}  // namespace syncline::emulated
