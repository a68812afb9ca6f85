// Time, bytes, bits and rates as types of their own, so that none is taken for another.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace syncline {

/// Simulated time, in whole picoseconds: 106 days either way.
class Time {
 public:
  constexpr Time() = default;
  static constexpr Time picoseconds(std::int64_t n) { return Time(n); }
  static constexpr Time nanoseconds(std::int64_t n) { return Time(n * 1'000); }
  static constexpr Time microseconds(std::int64_t n) { return Time(n * 1'000'000); }
  static constexpr Time milliseconds(std::int64_t n) { return Time(n * 1'000'000'000); }
  /// Rounded up to a whole picosecond. InternalError where negative, not a number or too long.
  static Time from_seconds(double seconds);
  static constexpr Time zero() { return Time(0); }
  static constexpr Time max() { return Time(std::numeric_limits<std::int64_t>::max()); }

  constexpr std::int64_t count() const { return picoseconds_; }
  constexpr double seconds() const { return static_cast<double>(picoseconds_) * 1e-12; }

  constexpr Time& operator+=(Time other) {
    picoseconds_ += other.picoseconds_;
    return *this;
  }
  constexpr Time& operator-=(Time other) {
    picoseconds_ -= other.picoseconds_;
    return *this;
  }
  friend constexpr Time operator+(Time a, Time b) { return a += b; }
  friend constexpr Time operator-(Time a, Time b) { return a -= b; }
  friend constexpr Time operator*(Time a, std::int64_t n) { return Time(a.picoseconds_ * n); }
  friend constexpr Time operator*(std::int64_t n, Time a) { return a * n; }
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
  constexpr Count& operator+=(Count other) {
    n_ += other.n_;
    return *this;
  }
  constexpr Count& operator-=(Count other) {
    n_ -= other.n_;
    return *this;
  }
  friend constexpr Count operator+(Count a, Count b) { return a += b; }
  friend constexpr Count operator-(Count a, Count b) { return a -= b; }
  friend constexpr Count operator*(Count a, std::int64_t n) { return Count(a.n_ * n); }
  friend constexpr Count operator*(std::int64_t n, Count a) { return a * n; }
  friend constexpr auto operator<=>(Count, Count) = default;

 private:
  std::int64_t n_;
};

}  // namespace detail

using Bytes = detail::Count<struct ByteUnit>;
using Bits = detail::Count<struct BitUnit>;

/// Rounded up to whole bytes.
constexpr Bytes bytes_of(Bits bits) { return Bytes((bits.count() + 7) / 8); }

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

/// Rounded up to a whole picosecond.
Time transfer_time(Bytes bytes, Bandwidth bandwidth);

}  // namespace syncline
