// Time, bytes, bits and rates as types of their own, so that none is taken for another.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <limits>

#include "sim/error.h"

namespace syncline {

namespace detail {

// Whole numbers that never wrap around: InternalError instead.
constexpr std::int64_t sum(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  SYNCLINE_CHECK(!__builtin_add_overflow(a, b, &result), "a quantity leaves the 64-bit range");
  return result;
}
constexpr std::int64_t difference(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  SYNCLINE_CHECK(!__builtin_sub_overflow(a, b, &result), "a quantity leaves the 64-bit range");
  return result;
}
constexpr std::int64_t product(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  SYNCLINE_CHECK(!__builtin_mul_overflow(a, b, &result), "a quantity leaves the 64-bit range");
  return result;
}

}  // namespace detail

// Arithmetic below throws InternalError where the result leaves the 64-bit range. Factors are whole numbers: one with a
// fraction would be cut off without a word.

/// Simulated time, in whole picoseconds: 106 days either way.
class Time {
 public:
  constexpr Time() = default;
  static constexpr Time picoseconds(std::int64_t n) { return Time(n); }
  static constexpr Time nanoseconds(std::int64_t n) { return Time(detail::product(n, 1'000)); }
  static constexpr Time microseconds(std::int64_t n) { return Time(detail::product(n, 1'000'000)); }
  static constexpr Time milliseconds(std::int64_t n) { return Time(detail::product(n, 1'000'000'000)); }
  /// Rounded up to a whole picosecond. A number that differs from a whole one only by double rounding (at most one part in
  /// 2^52) is taken for it: 3e-6 is 3 us. InternalError where negative, not a number or too long.
  static Time from_seconds(double seconds);
  static constexpr Time zero() { return Time(0); }
  static constexpr Time max() { return Time(std::numeric_limits<std::int64_t>::max()); }

  constexpr std::int64_t count() const { return picoseconds_; }
  constexpr double seconds() const { return static_cast<double>(picoseconds_) / 1e12; }

  constexpr Time& operator+=(Time other) { return *this = *this + other; }
  constexpr Time& operator-=(Time other) { return *this = *this - other; }
  friend constexpr Time operator+(Time a, Time b) { return Time(detail::sum(a.picoseconds_, b.picoseconds_)); }
  friend constexpr Time operator-(Time a, Time b) { return Time(detail::difference(a.picoseconds_, b.picoseconds_)); }
  friend constexpr Time operator*(Time a, std::integral auto n) { return Time(detail::product(a.picoseconds_, n)); }
  friend constexpr Time operator*(std::integral auto n, Time a) { return a * n; }
  friend constexpr auto operator<=>(Time, Time) = default;

 private:
  explicit constexpr Time(std::int64_t n) : picoseconds_(n) {}
  std::int64_t picoseconds_ = 0;
};

namespace detail {

/// A whole number of some unit; Unit only tells types apart.
template <class Unit>
class Count {
 public:
  explicit constexpr Count(std::int64_t n = 0) : n_(n) {}
  constexpr std::int64_t count() const { return n_; }
  constexpr Count& operator+=(Count other) { return *this = *this + other; }
  constexpr Count& operator-=(Count other) { return *this = *this - other; }
  friend constexpr Count operator+(Count a, Count b) { return Count(sum(a.n_, b.n_)); }
  friend constexpr Count operator-(Count a, Count b) { return Count(difference(a.n_, b.n_)); }
  friend constexpr Count operator*(Count a, std::integral auto n) { return Count(product(a.n_, n)); }
  friend constexpr Count operator*(std::integral auto n, Count a) { return a * n; }
  friend constexpr auto operator<=>(Count, Count) = default;

 private:
  std::int64_t n_;
};

}  // namespace detail

using Bytes = detail::Count<struct ByteUnit>;
using Bits = detail::Count<struct BitUnit>;

/// Rounded up to whole bytes.
constexpr Bytes bytes_of(Bits bits) { return Bytes(bits.count() / 8 + (bits.count() % 8 > 0 ? 1 : 0)); }

/// A rate of data, in bytes per second.
class Bandwidth {
 public:
  constexpr Bandwidth() = default;
  static constexpr Bandwidth bytes_per_second(double rate) { return Bandwidth(rate); }
  static constexpr Bandwidth bits_per_second(double rate) { return Bandwidth(rate / 8); }
  constexpr double in_bytes_per_second() const { return rate_; }
  friend constexpr auto operator<=>(Bandwidth, Bandwidth) = default;

 private:
  explicit constexpr Bandwidth(double rate) : rate_(rate) {}
  double rate_ = 0;
};

/// The fewest whole picoseconds in which the bandwidth moves so many bytes. Exact, whatever doubles round on the way, up to
/// 2^53 bytes and picoseconds (9 PB, 2.5 hours). InternalError: bytes below zero, bandwidth not above it, a time too long.
Time transfer_time(Bytes bytes, Bandwidth bandwidth);

}  // namespace syncline
