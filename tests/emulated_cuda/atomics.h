// CUDA's atomic operations and fences. One thread runs at a time and is never interrupted, so they are plain code; only the types
// that CUDA has them for are let through.
#pragma once

#include <concepts>
#include <type_traits>

namespace syncline::emulated {
template <class T, class... Types>
concept AnyOf = (std::same_as<T, Types> || ...);
template <class T>
using Same = std::type_identity_t<T>;  // the pointer alone says what T is

template <class T>
T exchanged(T* at, T value) {
  const T old = *at;
  *at = value;
  return old;
}
}  // namespace syncline::emulated

template <syncline::emulated::AnyOf<int, unsigned, unsigned long long, float, double> T>
T atomicAdd(T* at, syncline::emulated::Same<T> value) {
  if constexpr (std::same_as<T, int>) {  // it wraps
    return syncline::emulated::exchanged(at, static_cast<int>(static_cast<unsigned>(*at) + static_cast<unsigned>(value)));
  } else {
    return syncline::emulated::exchanged(at, *at + value);
  }
}

template <syncline::emulated::AnyOf<int, unsigned> T>
T atomicSub(T* at, syncline::emulated::Same<T> value) {
  return syncline::emulated::exchanged(at, static_cast<T>(static_cast<unsigned>(*at) - static_cast<unsigned>(value)));
}

template <syncline::emulated::AnyOf<int, unsigned, long long, unsigned long long> T>
T atomicMax(T* at, syncline::emulated::Same<T> value) {
  return syncline::emulated::exchanged(at, *at < value ? value : *at);
}

template <syncline::emulated::AnyOf<int, unsigned, long long, unsigned long long> T>
T atomicMin(T* at, syncline::emulated::Same<T> value) {
  return syncline::emulated::exchanged(at, value < *at ? value : *at);
}

template <syncline::emulated::AnyOf<int, unsigned, unsigned long long> T>
T atomicOr(T* at, syncline::emulated::Same<T> value) {
  return syncline::emulated::exchanged(at, *at | value);
}

template <syncline::emulated::AnyOf<int, unsigned, unsigned long long> T>
T atomicAnd(T* at, syncline::emulated::Same<T> value) {
  return syncline::emulated::exchanged(at, *at & value);
}

template <syncline::emulated::AnyOf<int, unsigned, unsigned long long> T>
T atomicXor(T* at, syncline::emulated::Same<T> value) {
  return syncline::emulated::exchanged(at, *at ^ value);
}

template <syncline::emulated::AnyOf<int, unsigned, unsigned long long, float> T>
T atomicExch(T* at, syncline::emulated::Same<T> value) {
  return syncline::emulated::exchanged(at, value);
}

template <syncline::emulated::AnyOf<int, unsigned, unsigned long long> T>
T atomicCAS(T* at, syncline::emulated::Same<T> expected, syncline::emulated::Same<T> value) {
  return syncline::emulated::exchanged(at, *at == expected ? value : *at);
}

/// Counts up to `last`, then begins at 0 again.
inline unsigned atomicInc(unsigned* at, unsigned last) { return syncline::emulated::exchanged(at, *at >= last ? 0U : *at + 1); }

inline void __threadfence() {}
inline void __threadfence_block() {}
inline void __threadfence_system() {}
