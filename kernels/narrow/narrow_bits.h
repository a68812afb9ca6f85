// A float rounded to what 16 bits can tell, by whole-number arithmetic on its bits: for processor and GPU alike.
#pragma once

#include <bit>
#include <cstdint>

namespace syncline::kernels::narrow {

inline constexpr std::uint32_t kSign = 0x80000000, kInfinity = 0x7f800000;

/// Half a unit of the last of the bits that stay, less one where that bit is 0: then carries round to even.
template <int dropped>
constexpr std::uint32_t without_low_bits(std::uint32_t bits) {
  constexpr std::uint32_t kLow = (std::uint32_t{1} << dropped) - 1;
  return (bits + (kLow >> 1) + (bits >> dropped & 1)) & ~kLow;
}

constexpr float to_bf16(float x) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
  const bool is_nan = (bits & ~kSign) > kInfinity;
  return is_nan ? x : std::bit_cast<float>(without_low_bits<16>(bits));
}

/// Below 2^-14 the unit is 2^-24, which is that of floats from a half to one.
constexpr float to_fp16(float x) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x), sign = bits & kSign, size = bits & ~kSign;
  constexpr std::uint32_t kLeastNormal = (127 - 14) << 23, kGreatest = ((127 + 15) << 23) | 0x7fe000;
  const std::uint32_t normal = without_low_bits<13>(size);
  const std::uint32_t tiny = std::bit_cast<std::uint32_t>((std::bit_cast<float>(size) + 0.5F) - 0.5F);
  std::uint32_t result = size < kLeastNormal ? tiny : normal;
  result = result > kGreatest ? kInfinity : result;
  return size > kInfinity ? x : std::bit_cast<float>(sign | result);
}

}  // namespace syncline::kernels::narrow
