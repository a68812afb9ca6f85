// How a vector is cut among ranks.
#pragma once

#include <algorithm>
#include <cstdint>

namespace syncline::network {

/// Elements [begin, begin + count).
struct Chunk {
  /// Part `index` of `elements` cut into `parts`, in order; the first `elements % parts` of them are one longer than the rest.
  constexpr Chunk(std::int64_t elements, int parts, int index);
  constexpr Chunk(std::int64_t first, std::int64_t length) : begin(first), count(length) {}
  std::int64_t begin, count;
};

/// All parts, for who needs many: it divides once.
class Chunks {
 public:
  constexpr Chunks(std::int64_t elements, int parts) : quotient_(elements / parts), remainder_(elements % parts) {}
  constexpr Chunk operator[](int index) const {
    return {quotient_ * index + std::min<std::int64_t>(index, remainder_), quotient_ + (index < remainder_ ? 1 : 0)};
  }
  constexpr bool equal() const { return remainder_ == 0; }

 private:
  std::int64_t quotient_, remainder_;
};

/// All elements but those of the shortest part.
constexpr std::int64_t all_but_one_chunk(std::int64_t elements, int parts) { return elements - elements / parts; }

constexpr Chunk::Chunk(std::int64_t elements, int parts, int index) : Chunk(Chunks(elements, parts)[index]) {}

}  // namespace syncline::network
