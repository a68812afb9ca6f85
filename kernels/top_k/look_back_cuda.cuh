// What comes before a tile, by decoupled look-back (Merrill, Garland, Single-pass parallel prefix scan with decoupled look-back,
// NVIDIA NVR-2016-002): tiles are numbered as blocks of threads take them, so that those before are taken by blocks that run.
#pragma once

#include "kernels/lane_sum.cuh"

namespace syncline::kernels::cuda {

/// Two counts below 2^31 that are added at once; the two highest bits say what a tile's word holds.
using Counts = unsigned long long;
inline constexpr Counts kOwn = Counts{1} << 62;         // the counts of the tile alone
inline constexpr Counts kWithBefore = Counts{2} << 62;  // and of all tiles before
inline constexpr Counts kBothCounts = kOwn - 1;

__device__ constexpr Counts counts(unsigned first, unsigned second) { return Counts{first} << 31 | second; }
__device__ constexpr unsigned first_of(Counts both) { return static_cast<unsigned>(both >> 31 & 0x7fffffff); }
__device__ constexpr unsigned second_of(Counts both) { return static_cast<unsigned>(both & 0x7fffffff); }

/// The sum of the counts of all tiles before `tile`, whose own are `own`; words [tile] begin as zeros. All lanes of one warp come
/// here.
__device__ inline Counts counts_before(volatile Counts* words, std::int64_t tile, Counts own) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  if (lane == 0 && tile > 0) words[tile] = kOwn | own;
  Counts before = 0;
  for (std::int64_t last = tile - 1; last >= 0; last -= 32) {
    const std::int64_t mine = last - lane;
    Counts word = kWithBefore;  // before the first there is nothing
    do {
      if (mine >= 0) word = words[mine];
    } while (__any_sync(kAllLanes, word < kOwn) != 0);
    const unsigned complete = __ballot_sync(kAllLanes, word >= kWithBefore);
    const int nearest = complete == 0 ? 31 : __ffs(static_cast<int>(complete)) - 1;
    Counts sum = lane <= nearest ? word & kBothCounts : 0;
    for (int bits = 16; bits > 0; bits /= 2) sum += __shfl_xor_sync(kAllLanes, sum, bits);
    before += sum;
    if (complete != 0) break;
  }
  if (lane == 0) words[tile] = kWithBefore | (before + own);
  return before;
}

}  // namespace syncline::kernels::cuda
