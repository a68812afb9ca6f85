// Which places of a window are not padding.
#pragma once

namespace syncline::kernels {

/// Places along one side of a window: begin to end.
struct Places {
  int begin, end;
  friend constexpr bool operator==(const Places&, const Places&) = default;
};

/// Of a window of `size` places whose first lies at `first`, those on a side of `length` pixels.
constexpr Places places_within(int first, int size, int length) {
  return {first < 0 ? -first : 0, length - first < size ? length - first : size};
}

}  // namespace syncline::kernels
