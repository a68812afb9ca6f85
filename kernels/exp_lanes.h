// The exponential function of 16 lanes at once.
#pragma once

#include "kernels/lanes.h"

namespace syncline::kernels {

/// e^x for x <= 0, within 2 units in the last place; 0 where that is below 2^-126; NaN of NaN. As 2^n e^r, n whole and
/// |r| <= log(2) / 2, with Taylor's series of e^r up to r^7, whose remainder is below 2^-27 of it.
inline Lanes exp_of(const Lanes& x) {
  constexpr float kLog2E = 0x1.715476p+0F, kLn2High = 0x1.63p-1F,
                  kLn2Low = -0x1.bd0106p-13F;  // high: 9 bits, so that n * high is exact
  constexpr float kRounds = 0x1.8p+23F;        // a sum with it has no bits of a fraction; its lowest bits are then n
  const Lanes shifted = x * kLog2E + kRounds, n = shifted - kRounds;
  const Lanes r = (x - n * kLn2High) - n * kLn2Low;
  Lanes series = 1.0F / 5040;
  for (const float coefficient : {1.0F / 720, 1.0F / 120, 1.0F / 24, 1.0F / 6, 0.5F, 1.0F, 1.0F}) {
    series = series * r + coefficient;
  }
  const Lanes power = bits_as<float>((bits_as<std::uint32_t>(shifted) << 23) + 0x3F800000U);  // n into the exponent's bits
  return select(x < -87.33F, Lanes(0.0F), series * power);
}

}  // namespace syncline::kernels
