#include "sim/units.h"

#include <cmath>
#include <string>

#include "sim/error.h"

namespace syncline {

Time Time::from_seconds(double seconds) {
  const double picoseconds = std::ceil(seconds * 1e12);
  // Negated, so that NaN is refused as well. 9.2e18 is below 2^63.
  SYNCLINE_CHECK(!(seconds < 0) && picoseconds <= 9.2e18, "a time of " + std::to_string(seconds) + " s cannot be held");
  return Time::picoseconds(static_cast<std::int64_t>(picoseconds));
}

Time transfer_time(Bytes bytes, Bandwidth bandwidth) {
  SYNCLINE_CHECK(bandwidth.in_bytes_per_second() > 0, "a transfer at no bandwidth");
  if (bytes.count() == 0) return Time::zero();
  return Time::from_seconds(static_cast<double>(bytes.count()) / bandwidth.in_bytes_per_second());
}

}  // namespace syncline
