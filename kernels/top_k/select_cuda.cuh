// Radix select among blocks of threads: the k-th largest key, found digit by digit from the leading bits.
#pragma once

#include "kernels/cuda_call.cuh"
#include "kernels/last_block.cuh"

namespace syncline::kernels::cuda {

inline constexpr int kDigits = 3, kMostBins = 2048;
inline constexpr std::uint32_t kNanKey = 0x7F800001;  // just above infinity

/// Of the key's 31 bits a digit has 11, 11 and 9.
__device__ constexpr int shift_of(int digit) { return digit == 0 ? 20 : digit == 1 ? 9 : 0; }
__device__ constexpr int bits_of(int digit) { return digit == 2 ? 9 : 11; }
__device__ constexpr std::uint32_t bin_of(std::uint32_t key, int digit) {
  return key >> shift_of(digit) & (kMostBins - 1U) >> (11 - bits_of(digit));
}

/// A magnitude as a whole number of the same order; all NaNs alike.
__device__ inline std::uint32_t key_of(float x) { return min(__float_as_uint(x) & 0x7fffffffU, kNanKey); }

/// How far the search of a row is. It begins as zeros.
struct Search {
  unsigned bins[kDigits][kMostBins];  // keys that have the prefix of the digits before, by this one
  unsigned done[kDigits];             // blocks that have counted
  std::uint32_t prefix;               // the digits of the k-th largest that are known
  unsigned left;                      // how many are chosen among the keys with that prefix
  unsigned set_aside, too_many;       // candidates, and whether there was no room for some
  unsigned tiles_taken;
};

/// Zeros in shared memory. All threads of the block come here.
__device__ inline void clear(unsigned* bins) {
  for (int b = static_cast<int>(threadIdx.x); b < kMostBins; b += kThreads) bins[b] = 0;
  __syncthreads();
}

/// Goes down the bins until `wanted` keys are passed, at least 1: the digit of that one. All threads of the block come here.
__device__ inline void choose_bin(Search& search, int digit, unsigned wanted) {
  constexpr int kBinsOfThread = kMostBins / kThreads;
  __shared__ unsigned from_here[kThreads];  // keys in the thread's bins and all above
  const int t = static_cast<int>(threadIdx.x);
  const unsigned* bins = search.bins[digit] + t * kBinsOfThread;
  unsigned mine = 0;
  for (int b = 0; b < kBinsOfThread; ++b) mine += __ldcg(bins + b);  // past the cache: others counted
  from_here[t] = mine;
  for (int distance = 1; distance < kThreads; distance *= 2) {
    __syncthreads();
    const unsigned more = t + distance < kThreads ? from_here[t + distance] : 0;
    __syncthreads();
    from_here[t] += more;
  }
  unsigned above = from_here[t] - mine;
  if (above >= wanted || wanted > above + mine) return;  // another thread's
  int b = kBinsOfThread - 1;
  for (; above + __ldcg(bins + b) < wanted; --b) above += __ldcg(bins + b);
  search.prefix = search.prefix << bits_of(digit) | static_cast<std::uint32_t>(t * kBinsOfThread + b);
  search.left = wanted - above;
}

/// Adds what the block has counted to the row's; the last block to do so chooses the digit. All threads of the block come here.
__device__ inline void end_digit(Search& search, int digit, unsigned wanted, const unsigned* bins) {
  __syncthreads();  // all is counted
  for (int b = static_cast<int>(threadIdx.x); b < kMostBins; b += kThreads) {
    if (bins[b] > 0) atomicAdd(search.bins[digit] + b, bins[b]);
  }
  if (is_last_block(search.done + digit)) choose_bin(search, digit, wanted);
  __syncthreads();  // nobody has gone on to the next row while another needs this one's
}

}  // namespace syncline::kernels::cuda
