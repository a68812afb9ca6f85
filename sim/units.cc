#include "sim/units.h"

#include <cmath>
#include <string>

namespace syncline {
namespace {

constexpr double kPicosecondsPerSecond = 1e12;
constexpr double kTooLong = 0x1p63;  // the first number of picoseconds that can't be held

/// Does `rate` move `bytes` within `picoseconds`? The sign of picoseconds * rate - bytes * 1e12, exactly: each product is held
/// as a double and its rounding error, by fused multiply-add (Dekker 1971). The products lie so near each other where this is
/// asked that their difference is exact, and adding the difference of two errors, of half a unit in their last place at most,
/// can't turn its sign.
bool suffices(double picoseconds, double rate, double bytes) {
  const double moved = picoseconds * rate;
  const double moved_error = std::fma(picoseconds, rate, -moved);
  const double wanted = bytes * kPicosecondsPerSecond;
  const double wanted_error = std::fma(bytes, kPicosecondsPerSecond, -wanted);
  return (moved - wanted) + (moved_error - wanted_error) >= 0;
}

}  // namespace

Time Time::from_seconds(double seconds) {
  const double exact = seconds * kPicosecondsPerSecond;
  const double nearest = std::round(exact);
  const double whole = std::abs(exact - nearest) <= nearest * 0x1p-52 ? nearest : std::ceil(exact);
  // Said so that NaN is refused as well.
  SYNCLINE_CHECK(seconds >= 0 && whole < kTooLong, "a time of " + std::to_string(seconds) + " s cannot be held");
  return Time::picoseconds(static_cast<std::int64_t>(whole));
}

Time transfer_time(Bytes bytes, Bandwidth bandwidth) {
  const double rate = bandwidth.in_bytes_per_second();
  SYNCLINE_CHECK(bytes.count() >= 0, "a transfer of less than nothing");
  SYNCLINE_CHECK(rate > 0, "a transfer at no bandwidth");
  if (bytes.count() == 0 || std::isinf(rate)) return Time::zero();

  const double size = static_cast<double>(bytes.count());
  double picoseconds = std::ceil(size * kPicosecondsPerSecond / rate);  // right, or off by one
  SYNCLINE_CHECK(picoseconds < kTooLong, "a transfer of " + std::to_string(size / rate) + " s cannot be held");
  if (suffices(picoseconds - 1, rate, size)) {
    picoseconds -= 1;
  } else if (!suffices(picoseconds, rate, size)) {
    picoseconds += 1;
  }
  return Time::picoseconds(static_cast<std::int64_t>(picoseconds));
}

}  // namespace syncline
