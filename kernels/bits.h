// 32 lanes' yes or no as one word, and back: what sign and QSGD put on the wire. Bit l belongs to lane l.
#pragma once

#include "kernels/lanes.h"

namespace syncline::kernels {

/// Lane l has bit l.
inline IntLanes lane_bits() {
  static constexpr std::int32_t kBits[kLanes] = {1,      1 << 1, 1 << 2,  1 << 3,  1 << 4,  1 << 5,  1 << 6,  1 << 7,
                                                 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15};
  return load<IntLanes>(kBits);
}

/// The word whose bits 0-15 are the lanes of `low` and 16-31 those of `high`; each lane all ones or all zeros.
inline std::uint32_t pack_bits(const IntLanes& low, const IntLanes& high) {
  const WordLanes bits = bits_as<std::uint32_t>((low & lane_bits()) | (high & (lane_bits() << 16)));
  WordLanes::Part all = bits.parts[0];
  for (int i = 1; i < WordLanes::kParts; ++i) all |= bits.parts[i];
  std::uint32_t word = 0;
  for (int l = 0; l < WordLanes::kPartLanes; ++l) word |= all[l];
  return word;
}

/// All ones in the lanes whose bit of the lower 16 of `bits` is 1, else all zeros.
inline IntLanes unpack_bits(std::uint32_t bits) {
  return (IntLanes(static_cast<std::int32_t>(bits)) & lane_bits()) != IntLanes();
}

}  // namespace syncline::kernels
