// Random numbers by name: each stream is given by (seed, name, index) alone, and gives the same bits on every machine.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace syncline::sim {

/// xoshiro256** (Blackman and Vigna, 2021), seeded through SplitMix64.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view name, std::uint64_t index = 0);

  std::uint64_t bits();
  /// [0, 1), in steps of 2^-53.
  double uniform();
  /// [0, n), without bias. InternalError where n is 0.
  std::uint64_t below(std::uint64_t n);
  /// Standard normal, by Marsaglia's polar method: +, *, /, sqrt, and a logarithm made of these.
  double normal();
  /// Gamma(shape, 1) by Marsaglia and Tsang (2000). InternalError where shape is not positive.
  double gamma(double shape);
  /// Fisher and Yates.
  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::uint64_t state_[4];
  double spare_normal_ = 0;
  bool has_spare_ = false;
};

}  // namespace syncline::sim
