// How a vector is cut among ranks.
#pragma once

#include <algorithm>
#include <cstdint>

namespace syncline::network {

/// Part `index` of `elements` cut into `parts`, in order; the first `elements % parts` of them are one longer than the rest.
struct Chunk {
  constexpr Chunk(std::int64_t elements, int parts, int index)
      : begin(elements / parts * index + std::min<std::int64_t>(index, elements % parts)),
        count(elements / parts + (index < elements % parts ? 1 : 0)) {}
  std::int64_t begin, count;
};

}  // namespace syncline::network
