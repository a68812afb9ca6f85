#include "sim/random.h"

#include <bit>
#include <cmath>

#include "sim/error.h"

namespace syncline::sim {
namespace {

std::uint64_t split_mix(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/// FNV-1a, 64 bits.
std::uint64_t hash(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return h;
}

// std::log and std::exp differ in their last bits from one C library to the next, and within one from processor to processor.
// These take only operations that IEEE 754 rounds in one way.

/// Natural logarithm of a positive number, to a few units in the last place. x = m 2^k, m in [sqrt(1/2), sqrt(2)), and
/// log m = 2 artanh(z) = 2 (z + z^3/3 + z^5/5 + ...) with z = (m - 1) / (m + 1), |z| < 0.172: the terms left out are < 2^-58.
double portable_log(double x) {
  constexpr double kLog2 = 0x1.62e42fefa39efp-1;
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < 0x1.6a09e667f3bcdp-1) {
    mantissa *= 2;
    --exponent;
  }
  const double z = (mantissa - 1) / (mantissa + 1);
  double series = 0;
  for (int odd = 23; odd >= 1; odd -= 2) series = series * (z * z) + 1.0 / odd;
  return exponent * kLog2 + 2 * z * series;
}

/// e^x for x <= 0, to |x| units in the last place. x = k log 2 + r, |r| <= 0.347, and the Taylor series of e^r.
double portable_exp(double x) {
  constexpr double kLog2 = 0x1.62e42fefa39efp-1;
  if (x < -745) return 0;  // below the smallest double
  const double k = std::floor(x / kLog2 + 0.5);
  const double r = x - k * kLog2;
  double series = 1;
  for (int n = 14; n >= 1; --n) series = 1 + series * r / n;
  return std::ldexp(series, static_cast<int>(k));
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::string_view name, std::uint64_t index) {
  std::uint64_t state = seed;
  state = split_mix(state) ^ hash(name);
  state = split_mix(state) ^ index;
  for (std::uint64_t& word : state_) word = split_mix(state);
}

std::uint64_t RandomStream::bits() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double RandomStream::uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

std::uint64_t RandomStream::below(std::uint64_t n) {
  SYNCLINE_CHECK(n > 0, "a random number below 0");
  const std::uint64_t uneven = (0 - n) % n;  // 2^64 mod n: that many of the lowest draws are refused
  std::uint64_t draw = bits();
  while (draw < uneven) draw = bits();
  return draw % n;
}

double RandomStream::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_normal_;
  }
  double x = 0, y = 0, square = 0;
  do {
    x = 2 * uniform() - 1;
    y = 2 * uniform() - 1;
    square = x * x + y * y;
  } while (square >= 1 || square == 0);
  const double scale = std::sqrt(-2 * portable_log(square) / square);
  spare_normal_ = y * scale;
  has_spare_ = true;
  return x * scale;
}

double RandomStream::gamma(double shape) {
  SYNCLINE_CHECK(shape > 0, "a gamma distribution whose shape is not positive");
  if (shape < 1) {
    const double u = uniform();
    return gamma(shape + 1) * portable_exp(portable_log(1 - u) / shape);
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal();
    const double cube = 1 + c * x;
    if (cube <= 0) continue;
    const double v = cube * cube * cube;
    if (portable_log(1 - uniform()) < 0.5 * x * x + d - d * v + d * portable_log(v)) return d * v;
  }
}

}  // namespace syncline::sim
