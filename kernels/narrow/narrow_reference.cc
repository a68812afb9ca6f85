#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/narrow/narrow.h"

namespace syncline::kernels::reference {
namespace {

struct Format {
  int fraction_bits, least_exponent;
  double greatest;
};

Format format_of(Narrow format) {
  if (format == Narrow::fp16) return {10, -14, 65504};
  return {7, -126, std::ldexp(2 - std::ldexp(1.0, -7), 127)};
}

/// In double, where the scaled value and its rounding are exact.
float rounded(float x, const Format& format) {
  if (!std::isfinite(x) || x == 0) return x;
  const int exponent = std::max(std::ilogb(x), format.least_exponent);
  const double unit = std::ldexp(1.0, exponent - format.fraction_bits);
  const double nearest = std::nearbyint(x / unit) * unit;  // ties to even: the default rounding
  if (std::abs(nearest) > format.greatest) return std::copysign(std::numeric_limits<float>::infinity(), x);
  return std::copysign(static_cast<float>(nearest), x);
}

}  // namespace

void round_narrow(const Device&, int count, std::int64_t n, Narrow format, Strided<const float> from, Strided<float> to) {
  for (int r = 0; r < count; ++r) {
    for (std::int64_t i = 0; i < n; ++i) to.of(r)[i] = rounded(from.of(r)[i], format_of(format));
  }
}

}  // namespace syncline::kernels::reference
