#include "scenarios/fitted.h"

#include <fmt/format.h>

#include <cstdint>

#include "scenarios/measured.h"
#include "sim/units_text.h"

namespace syncline::scenarios {
namespace {

/// As on a network of that name, and without the update, which may be fitted itself: then it is no part of what was measured.
MeasuredCase as_fitted(MeasuredCase one, const std::string& network) {
  one.network = network;
  const std::size_t begin = one.training.find("\nupdate=");
  if (begin != std::string::npos) one.training.erase(begin, one.training.find('\n', begin + 1) - begin);
  return one;
}

}  // namespace

std::vector<std::size_t> cases_of(std::span<const MeasuredCase> cases, const std::string& subset, const std::string& network) {
  std::vector<std::size_t> which;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].subset == subset && cases[i].network == network) which.push_back(i);
  }
  return which;
}

std::string fingerprint_of(std::span<const MeasuredCase> cases, std::span<const std::size_t> which, const std::string& network) {
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a, 64 bits
  for (const std::size_t i : which) {
    const MeasuredCase& one = cases[i];
    const std::string text = fmt::format("{}|{}|{}|{}|{}\n", series_of(as_fitted(one, network)), one.workers, one.bytes.count(),
                                         one.batch, number_text(one.measured));
    for (const char letter : text) {
      hash ^= static_cast<unsigned char>(letter);
      hash *= 1099511628211u;
    }
  }
  return fmt::format("{:016x}", hash);
}

}  // namespace syncline::scenarios
