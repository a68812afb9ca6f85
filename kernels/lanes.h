// 16 float or integer lanes as one value (GCC's and Clang's vector extension): one AVX-512 register; on other processors GCC works
// on them in memory. Lane-wise arithmetic gives the same bits whatever the machine's own width.
#pragma once

#include <cstdint>
#include <cstring>

namespace syncline::kernels {

inline constexpr int kLanes = 16;

using Lanes [[gnu::vector_size(64)]] = float;
using IntLanes [[gnu::vector_size(64)]] = std::int32_t;
using WordLanes [[gnu::vector_size(64)]] = std::uint32_t;

/// As many as one register of the processor has: GCC keeps longer vectors in memory, at a tenth of the speed. For what works on
/// each element by itself.
#if defined __AVX512F__
inline constexpr int kRegisterLanes = 16;
#elif defined __AVX__
inline constexpr int kRegisterLanes = 8;
#else
inline constexpr int kRegisterLanes = 4;
#endif
using RegisterLanes [[gnu::vector_size(4 * kRegisterLanes)]] = float;
using RegisterIntLanes [[gnu::vector_size(4 * kRegisterLanes)]] = std::int32_t;

/// The lanes from any address; memcpy is how one says an unaligned load.
template <class Vector, class T>
inline Vector load(const T* from) {
  Vector v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

/// As many lanes as there are `left`, at most all; the others 0.
template <class Vector, class T>
inline Vector load_up_to(const T* from, std::int64_t left) {
  if (left * static_cast<std::int64_t>(sizeof(T)) >= static_cast<std::int64_t>(sizeof(Vector))) return load<Vector>(from);
  Vector v{};
  if (left > 0) std::memcpy(&v, from, static_cast<std::size_t>(left) * sizeof(T));
  return v;
}

template <class Vector, class T>
inline void store_up_to(T* to, const Vector& v, std::int64_t left) {
  if (left * static_cast<std::int64_t>(sizeof(T)) >= static_cast<std::int64_t>(sizeof v)) {
    std::memcpy(to, &v, sizeof v);
  } else if (left > 0) {
    std::memcpy(to, &v, static_cast<std::size_t>(left) * sizeof(T));
  }
}

inline Lanes magnitude(const Lanes& x) { return (Lanes)((WordLanes)x & 0x7FFFFFFFU); }

/// The upper half of the lanes added to the lower until one is left: how lane_sum ends.
inline float fold(Lanes x) {
  x += __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  x += __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  x += __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  return x[0] + x[1];
}

}  // namespace syncline::kernels
