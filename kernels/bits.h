// 32 lanes' yes or no as one word, and back: what sign and QSGD put on the wire. Bit l belongs to lane l.
#pragma once

#include "kernels/lanes.h"

namespace syncline::kernels {

inline constexpr IntLanes kLaneBit = {1,      1 << 1, 1 << 2,  1 << 3,  1 << 4,  1 << 5,  1 << 6,  1 << 7,
                                      1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15};

/// The word whose bits 0-15 are the lanes of `low` and 16-31 those of `high`; each lane all ones or all zeros.
inline std::uint32_t pack_bits(const IntLanes& low, const IntLanes& high) {
  IntLanes bits = (low & kLaneBit) | (high & (kLaneBit << 16));
  bits |= __builtin_shufflevector(bits, bits, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  bits |= __builtin_shufflevector(bits, bits, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  bits |= __builtin_shufflevector(bits, bits, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  return static_cast<std::uint32_t>(bits[0] | bits[1]);
}

/// All ones in the lanes whose bit of the lower 16 of `bits` is 1, else all zeros.
inline IntLanes unpack_bits(std::uint32_t bits) { return ((IntLanes{} + static_cast<std::int32_t>(bits)) & kLaneBit) != 0; }

}  // namespace syncline::kernels
