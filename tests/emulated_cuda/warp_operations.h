// What threads of a block or a warp do together. Each says where it was called, for the report of a thread that never comes.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <source_location>
#include <type_traits>

#include "tests/emulated_cuda/emulator.h"
#include "tests/emulated_cuda/language.h"

namespace syncline::emulated {

/// The value of lane `source` of the 32, by way of the 64 bits that the emulator carries.
template <class T>
T shuffled(const char* operation, unsigned mask, T value, int source, Where where) {
  static_assert(std::is_arithmetic_v<T> && sizeof(T) >= 4 && sizeof(T) <= 8, "CUDA shuffles 32 and 64 bits");
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = meet_warp(operation, mask, bits, source, where).value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline int first_of_group(int lane, int width) { return lane & ~(width - 1); }

}  // namespace syncline::emulated

inline void __syncthreads(syncline::emulated::Where where = syncline::emulated::Where::current()) {
  syncline::emulated::meet_block("__syncthreads", false, where);
}
/// How many of the block's threads say yes.
inline int __syncthreads_count(int yes, syncline::emulated::Where where = syncline::emulated::Where::current()) {
  return syncline::emulated::meet_block("__syncthreads_count", yes != 0, where).yes;
}
inline int __syncthreads_or(int yes, syncline::emulated::Where where = syncline::emulated::Where::current()) {
  return syncline::emulated::meet_block("__syncthreads_or", yes != 0, where).yes > 0 ? 1 : 0;
}
inline int __syncthreads_and(int yes, syncline::emulated::Where where = syncline::emulated::Where::current()) {
  const syncline::emulated::BlockVote vote = syncline::emulated::meet_block("__syncthreads_and", yes != 0, where);
  return vote.yes == vote.all ? 1 : 0;
}

inline void __syncwarp(unsigned mask = ~0U, syncline::emulated::Where where = syncline::emulated::Where::current()) {
  syncline::emulated::meet_warp("__syncwarp", mask, 0, syncline::emulated::lane(), where);
}
inline unsigned __ballot_sync(unsigned mask, int yes, syncline::emulated::Where where = syncline::emulated::Where::current()) {
  return syncline::emulated::meet_warp("__ballot_sync", mask, yes != 0, syncline::emulated::lane(), where).ballot;
}
inline int __any_sync(unsigned mask, int yes, syncline::emulated::Where where = syncline::emulated::Where::current()) {
  return syncline::emulated::meet_warp("__any_sync", mask, yes != 0, syncline::emulated::lane(), where).ballot != 0 ? 1 : 0;
}
inline int __all_sync(unsigned mask, int yes, syncline::emulated::Where where = syncline::emulated::Where::current()) {
  return syncline::emulated::meet_warp("__all_sync", mask, yes != 0, syncline::emulated::lane(), where).ballot == mask ? 1 : 0;
}

// Groups of `width` lanes, a power of two, shuffle among themselves; who would look beyond the end keeps its own value.
template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = warpSize,
              syncline::emulated::Where where = syncline::emulated::Where::current()) {
  const int from = syncline::emulated::first_of_group(syncline::emulated::lane(), width) + (source & (width - 1));
  return syncline::emulated::shuffled("__shfl_sync", mask, value, from, where);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned distance, int width = warpSize,
                 syncline::emulated::Where where = syncline::emulated::Where::current()) {
  const int lane = syncline::emulated::lane(), from = lane - static_cast<int>(distance);
  const bool inside = from >= syncline::emulated::first_of_group(lane, width);
  return syncline::emulated::shuffled("__shfl_up_sync", mask, value, inside ? from : lane, where);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned distance, int width = warpSize,
                   syncline::emulated::Where where = syncline::emulated::Where::current()) {
  const int lane = syncline::emulated::lane(), from = lane + static_cast<int>(distance);
  const bool inside = from < syncline::emulated::first_of_group(lane, width) + width;
  return syncline::emulated::shuffled("__shfl_down_sync", mask, value, inside ? from : lane, where);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int bits, int width = warpSize,
                  syncline::emulated::Where where = syncline::emulated::Where::current()) {
  const int lane = syncline::emulated::lane(), from = lane ^ bits;
  const bool inside = from < syncline::emulated::first_of_group(lane, width) + width;
  return syncline::emulated::shuffled("__shfl_xor_sync", mask, value, inside ? from : lane, where);
}
