// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): random words as a pure function of
// a key and a counter. Any element's number can be had in any order, so every backend and thread count draws the same bits.
#pragma once

#include <array>
#include <cstdint>

#ifdef __CUDACC__
#define SYNCLINE_HOST_DEVICE __host__ __device__
#else
#define SYNCLINE_HOST_DEVICE
#endif

namespace syncline::kernels {

/// The numbers come in groups of 64 elements, 16 counters of 4 words each: see uniform_bits().
inline constexpr int kRandomGroup = 64;

namespace philox {
inline constexpr int kRounds = 10;
inline constexpr std::uint32_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;  // Salmon et al., table 2
inline constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;              // golden ratio; sqrt(3) - 1
}  // namespace philox

/// Philox4x32-10 of one counter; `key` is two words, the lower first.
SYNCLINE_HOST_DEVICE constexpr std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::uint64_t key) {
  auto key0 = static_cast<std::uint32_t>(key);
  auto key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < philox::kRounds; ++round) {
    const std::uint64_t product0 = std::uint64_t{philox::kMultiplier0} * counter[0];
    const std::uint64_t product1 = std::uint64_t{philox::kMultiplier1} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key0, static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key1, static_cast<std::uint32_t>(product0)};
    key0 += philox::kWeyl0;
    key1 += philox::kWeyl1;
  }
  return counter;
}

/// The 32 random bits of element i of a stream: word (i / 16) % 4 of counter (16 (i / 64) + i % 16, stream). So 16 counters
/// side by side fill 64 elements with no shuffling, in 16 vector lanes as in 16 threads.
SYNCLINE_HOST_DEVICE constexpr std::uint32_t uniform_bits(std::uint64_t key, std::uint32_t stream, std::uint64_t i) {
  const std::uint64_t counter = i / kRandomGroup * 16 + i % 16;
  return philox4x32({static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32), stream, 0}, key)[i / 16 % 4];
}

/// 32 random bits as a float in [0, 1): the upper 24, exactly.
SYNCLINE_HOST_DEVICE constexpr float unit_float(std::uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24f; }

}  // namespace syncline::kernels
