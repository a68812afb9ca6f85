// What tests of kernels share: random inputs from a printed seed, arrays on a device, and the same bits as an expectation.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/device.h"
#include "tests/seeds.h"

namespace syncline::kernels {

/// Rows of equal length on a device, a few elements apart, so that strides and the gaps between are tested as well. Where the
/// length is a multiple of 8, every row begins on 16 bytes; elsewhere most don't.
template <class T>
class Rows {
 public:
  Rows(const Device& device, int count, std::int64_t length, T gap = T{})
      : stride_(length + (length % 8 == 0 ? 4 : 3)), length_(length), buffer_(device, static_cast<std::size_t>(count * stride_)) {
    buffer_.fill(gap);
  }
  Rows(const Device& device, const std::vector<std::vector<T>>& rows)
      : Rows(device, static_cast<int>(rows.size()), rows.empty() ? 0 : static_cast<std::int64_t>(rows[0].size())) {
    std::vector<T> host = buffer_.download();
    for (std::size_t r = 0; r < rows.size(); ++r) std::copy(rows[r].begin(), rows[r].end(), host.begin() + r * stride_);
    buffer_.upload(host);
  }
  Strided<T> all() { return {buffer_.data(), stride_}; }
  Strided<const T> read() const { return {buffer_.data(), stride_}; }
  /// With the gaps: nothing may be written there.
  std::vector<T> host() const { return buffer_.download(); }
  std::vector<T> host(int row) const {
    const std::vector<T> all = buffer_.download();
    return {all.begin() + row * stride_, all.begin() + row * stride_ + length_};
  }

 private:
  std::int64_t stride_, length_;
  Buffer<T> buffer_;
};

enum class Values { normal, whole, zero, special };  // whole: small whole numbers, so that many are equal

class RandomCase {
 public:
  explicit RandomCase(std::uint64_t seed) : generator_(seed) {}

  std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(generator_() % static_cast<std::uint64_t>(n)); }
  /// Lengths around those where lanes, words, groups and blocks begin.
  std::int64_t length() {
    static constexpr std::int64_t kLengths[] = {0, 1, 7, 15, 16, 17, 31, 32, 33, 63, 65, 127, 511, 513, 997, 4095, 4097, 9973};
    return kLengths[below(std::size(kLengths))];
  }
  float value(Values kind) {
    static constexpr float kInfinity = std::numeric_limits<float>::infinity();
    static constexpr float kSpecial[] = {0.0F,   -0.0F,     1.0F,  -1.0F,  1e-45F,     -1e-45F,
                                         1e-39F, kInfinity, 3e38F, -3e38F, -kInfinity, std::numeric_limits<float>::quiet_NaN()};
    switch (kind) {
      case Values::normal:
        return std::normal_distribution<float>()(generator_);
      case Values::whole:
        return static_cast<float>(below(7)) - 3.0F;
      case Values::special:
        return below(4) > 0 ? value(Values::normal) : kSpecial[below(std::size(kSpecial))];
      default:
        return 0.0F;
    }
  }
  std::vector<float> values(std::int64_t n, Values kind) {
    std::vector<float> all(static_cast<std::size_t>(n));
    for (float& x : all) x = value(kind);
    return all;
  }
  std::vector<std::vector<float>> rows(int count, std::int64_t n, Values kind) {
    std::vector<std::vector<float>> all;
    for (int r = 0; r < count; ++r) all.push_back(values(n, kind));
    return all;
  }
  Values kind() { return static_cast<Values>(below(4)); }

 private:
  std::mt19937_64 generator_;
};

/// Equal as bits; any NaN equals any other.
inline bool same(float a, float b) {
  return (std::isnan(a) && std::isnan(b)) || std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}
inline bool same(std::uint32_t a, std::uint32_t b) { return a == b; }
inline bool same(std::int32_t a, std::int32_t b) { return a == b; }

template <class T>
void expect_same(const std::vector<T>& actual, const std::vector<T>& expected, const char* what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_TRUE(same(actual[i], expected[i])) << what << '[' << i << "]: " << actual[i] << ", not " << expected[i];
  }
}

/// Tests that hold a backend to the reference. Those of a backend that doesn't work here are skipped, and counted.
class AgainstReference : public testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    const std::vector<Backend> available = available_backends();
    if (std::find(available.begin(), available.end(), GetParam()) == available.end()) {
      GTEST_SKIP() << "backend " << name_of(GetParam()) << " does not work here";
    }
  }
  /// check(reference, device, random case) for many seeds, on 1 to 5 threads.
  template <class Check>
  static void for_seeds(std::uint64_t count, const Check& check) {
    for (const std::uint64_t seed : seeds(count)) {
      if (HasFatalFailure()) return;
      SCOPED_TRACE("SYNCLINE_TEST_SEED=" + std::to_string(seed));
      RandomCase random(seed);
      check(Device::open(Backend::reference), Device::open(GetParam(), 1 + static_cast<int>(seed % 5)), random);
    }
  }
};

inline std::string backend_label(const testing::TestParamInfo<Backend>& parameter) {
  return std::string(name_of(parameter.param));
}

}  // namespace syncline::kernels
