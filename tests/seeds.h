// Seeds of the random tests. SYNCLINE_TEST_SEED=n tests with that one alone, as a failure's trace names it.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace syncline {

inline std::vector<std::uint64_t> seeds(std::uint64_t count) {
  if (const char* given = std::getenv("SYNCLINE_TEST_SEED")) return {std::strtoull(given, nullptr, 10)};
  std::vector<std::uint64_t> all;
  for (std::uint64_t seed = 1; seed <= count; ++seed) all.push_back(seed);
  return all;
}

}  // namespace syncline
