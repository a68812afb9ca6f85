#include "tools/real/exact_data.h"

#include <fmt/format.h>

#include <algorithm>

namespace syncline::tools {
namespace {

/// Whole numbers from -32 to 31: the sums of half a million ranks are exact in float.
float number(int rank, std::int64_t i) { return static_cast<float>((i * 37 + rank * 11) % 64 - 32); }
std::uint8_t byte(int rank, std::int64_t i) { return static_cast<std::uint8_t>(i * 37 + rank * 101 + i / 251); }

}  // namespace

void ExactData::prepare_all_reduce(std::int64_t elements) {
  const auto size = static_cast<std::size_t>(elements);
  for (auto i = static_cast<std::int64_t>(numbers_.size()); i < elements; ++i) numbers_.push_back(number(collectives_.rank(), i));
  if (sums_.size() < size) sums_.resize(size);
}

void ExactData::prepare_all_gather(std::int64_t bytes) {
  const auto size = static_cast<std::size_t>(bytes);
  for (auto i = static_cast<std::int64_t>(mine_.size()); i < bytes; ++i) mine_.push_back(byte(collectives_.rank(), i));
  if (all_.size() < size * static_cast<std::size_t>(collectives_.size())) all_.resize(size * static_cast<std::size_t>(collectives_.size()));
}

void ExactData::all_reduce(std::int64_t elements, bool check) {
  prepare_all_reduce(elements);
  if (check) std::fill_n(sums_.begin(), elements, -1e9F);
  collectives_.all_reduce(numbers_.data(), sums_.data(), elements);
  if (!check) return;
  for (std::int64_t i = 0; i < elements; ++i) {
    float sum = 0;
    for (int rank = 0; rank < collectives_.size(); ++rank) sum += number(rank, i);
    const float got = sums_[static_cast<std::size_t>(i)];
    if (got != sum) {
      throw TransportError(fmt::format("an all-reduce of {} numbers gave {} in place of {} at element {}", elements, got, sum, i));
    }
  }
}

void ExactData::all_gather(std::int64_t bytes, bool check) {
  prepare_all_gather(bytes);
  if (check) std::fill(all_.begin(), all_.end(), std::uint8_t{0});
  collectives_.all_gather(mine_.data(), all_.data(), bytes);
  if (!check) return;
  for (int rank = 0; rank < collectives_.size(); ++rank) {
    for (std::int64_t i = 0; i < bytes; ++i) {
      if (all_[static_cast<std::size_t>(rank * bytes + i)] == byte(rank, i)) continue;
      throw TransportError(fmt::format("an all-gather of {} bytes gave a wrong byte {} of rank {}", bytes, i, rank));
    }
  }
}

}  // namespace syncline::tools
