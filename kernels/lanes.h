// 16 float or integer lanes as one value: one AVX-512 register, two of AVX2, four of SSE. Lane-wise arithmetic gives the same bits
// whatever the machine's own width.
//
// A value is as many vectors of GCC's and Clang's extension as it takes registers: one longer than a register would be kept in
// memory, at a tenth of the speed.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace syncline::kernels {

inline constexpr int kLanes = 16;

#if defined __AVX512F__
inline constexpr int kRegisterBytes = 64;
#elif defined __AVX__
inline constexpr int kRegisterBytes = 32;
#else
inline constexpr int kRegisterBytes = 16;
#endif

template <class T>
class Wide {
 public:
  using Part [[gnu::vector_size(kRegisterBytes)]] = T;
  static constexpr int kParts = 64 / kRegisterBytes, kPartLanes = kRegisterBytes / static_cast<int>(sizeof(T));

  Wide() = default;  // zeros
  /// The same in each lane.
  explicit(false) Wide(T x) {
    for (Part& part : parts) part = Part{} + x;
  }
  T operator[](std::size_t lane) const { return parts[lane / kPartLanes][lane % kPartLanes]; }

  /// combine(part of a, part of b) for each.
  template <class Combine>
  static Wide of(const Wide& a, const Wide& b, const Combine& combine) {
    Wide result;
    for (int i = 0; i < kParts; ++i) result.parts[i] = combine(a.parts[i], b.parts[i]);
    return result;
  }

  friend Wide operator+(const Wide& a, const Wide& b) {
    return of(a, b, [](const Part& x, const Part& y) { return x + y; });
  }
  friend Wide operator-(const Wide& a, const Wide& b) {
    return of(a, b, [](const Part& x, const Part& y) { return x - y; });
  }
  friend Wide operator*(const Wide& a, const Wide& b) {
    return of(a, b, [](const Part& x, const Part& y) { return x * y; });
  }
  friend Wide operator&(const Wide& a, const Wide& b) {
    return of(a, b, [](const Part& x, const Part& y) { return x & y; });
  }
  friend Wide operator|(const Wide& a, const Wide& b) {
    return of(a, b, [](const Part& x, const Part& y) { return x | y; });
  }
  friend Wide operator^(const Wide& a, const Wide& b) {
    return of(a, b, [](const Part& x, const Part& y) { return x ^ y; });
  }
  friend Wide operator-(const Wide& a) {
    return of(a, a, [](const Part& x, const Part&) { return -x; });
  }
  friend Wide operator~(const Wide& a) {
    return of(a, a, [](const Part& x, const Part&) { return ~x; });
  }
  friend Wide operator<<(const Wide& a, int by) {
    return of(a, a, [by](const Part& x, const Part&) { return x << by; });
  }
  friend Wide operator>>(const Wide& a, int by) {
    return of(a, a, [by](const Part& x, const Part&) { return x >> by; });
  }
  Wide& operator+=(const Wide& b) { return *this = *this + b; }
  Wide& operator&=(const Wide& b) { return *this = *this & b; }
  Wide& operator|=(const Wide& b) { return *this = *this | b; }
  Wide& operator^=(const Wide& b) { return *this = *this ^ b; }

  // -1 in the lanes where it holds, else 0. Of lanes of 4 bytes.
  friend Wide<std::int32_t> operator<(const Wide& a, const Wide& b) {
    return compared(a, b, [](const Part& x, const Part& y) { return x < y; });
  }
  friend Wide<std::int32_t> operator>(const Wide& a, const Wide& b) {
    return compared(a, b, [](const Part& x, const Part& y) { return x > y; });
  }
  friend Wide<std::int32_t> operator>=(const Wide& a, const Wide& b) {
    return compared(a, b, [](const Part& x, const Part& y) { return x >= y; });
  }
  friend Wide<std::int32_t> operator==(const Wide& a, const Wide& b) {
    return compared(a, b, [](const Part& x, const Part& y) { return x == y; });
  }
  friend Wide<std::int32_t> operator!=(const Wide& a, const Wide& b) {
    return compared(a, b, [](const Part& x, const Part& y) { return x != y; });
  }

  Part parts[kParts] = {};

 private:
  template <class Compare>
  static Wide<std::int32_t> compared(const Wide& a, const Wide& b, const Compare& compare) {
    Wide<std::int32_t> result;
    for (int i = 0; i < kParts; ++i) result.parts[i] = compare(a.parts[i], b.parts[i]);
    return result;
  }
};

using Lanes = Wide<float>;
using IntLanes = Wide<std::int32_t>;
using WordLanes = Wide<std::uint32_t>;

/// a in the lanes where the mask, of -1 and 0, is -1; else b.
template <class T>
inline Wide<T> select(const IntLanes& mask, const Wide<T>& a, const Wide<T>& b) {
  Wide<T> result;
  for (int i = 0; i < IntLanes::kParts; ++i) result.parts[i] = mask.parts[i] ? a.parts[i] : b.parts[i];
  return result;
}

/// The same bits as lanes of another type.
template <class To, class From>
inline Wide<To> bits_as(const Wide<From>& from) {
  Wide<To> to;
  std::memcpy(&to.parts, &from.parts, sizeof to.parts);
  return to;
}

inline Lanes to_float(const IntLanes& from) {
  Lanes to;
  for (int i = 0; i < Lanes::kParts; ++i) to.parts[i] = __builtin_convertvector(from.parts[i], Lanes::Part);
  return to;
}

/// Towards 0, of what an int can hold.
inline IntLanes to_int(const Lanes& from) {
  IntLanes to;
  for (int i = 0; i < Lanes::kParts; ++i) to.parts[i] = __builtin_convertvector(from.parts[i], IntLanes::Part);
  return to;
}

/// 16 lanes from any address; memcpy is how one says an unaligned load.
template <class Vector, class T>
inline Vector load(const T* from) {
  static_assert(std::is_same_v<Vector, Wide<T>>);
  Vector v;
  for (int i = 0; i < Vector::kParts; ++i) std::memcpy(&v.parts[i], from + i * Vector::kPartLanes, sizeof v.parts[i]);
  return v;
}

/// As many lanes as there are `left`, at most 16; the others 0.
template <class Vector, class T>
inline Vector load_up_to(const T* from, std::int64_t left) {
  if (left >= kLanes) return load<Vector>(from);
  Vector v;
  if (left > 0) std::memcpy(&v.parts, from, static_cast<std::size_t>(left) * sizeof(T));
  return v;
}

template <class T>
inline void store_up_to(T* to, const Wide<T>& v, std::int64_t left) {
  if (left >= kLanes) {
    for (int i = 0; i < Wide<T>::kParts; ++i) std::memcpy(to + i * Wide<T>::kPartLanes, &v.parts[i], sizeof v.parts[i]);
  } else if (left > 0) {
    std::memcpy(to, &v.parts, static_cast<std::size_t>(left) * sizeof(T));
  }
}

inline Lanes magnitude(const Lanes& x) { return bits_as<float>(bits_as<std::uint32_t>(x) & WordLanes(0x7FFFFFFFU)); }

/// The upper half of the lanes added to the lower until one is left: how lane_sum ends.
inline float fold(const Lanes& x) {
  float lanes[kLanes];
  std::memcpy(lanes, &x.parts, sizeof lanes);
  for (int half = kLanes / 2; half > 0; half /= 2) {
    for (int l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  }
  return lanes[0];
}

}  // namespace syncline::kernels
