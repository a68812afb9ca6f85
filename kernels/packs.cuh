// Elementwise kernels on rows of floats, four at a time where the rows allow it: 16 bytes to a load.
#pragma once

#include "kernels/cuda_call.cuh"

namespace syncline::kernels::cuda {

/// Numbers that lie side by side and are loaded and stored as one.
template <class T, int kSize>
struct alignas(sizeof(T) * kSize) Pack {
  T of[kSize];
};

inline constexpr int kPackSize = 4;

template <int kSize, class T>
__device__ Pack<T, kSize> load_pack(const T* from) {
  return *reinterpret_cast<const Pack<T, kSize>*>(from);
}

template <int kSize, class T>
__device__ void store_pack(T* to, const Pack<T, kSize>& pack) {
  *reinterpret_cast<Pack<T, kSize>*>(to) = pack;
}

/// Whether every row begins where a pack may.
template <class T>
bool takes_packs(Strided<T> rows) {
  return reinterpret_cast<std::uintptr_t>(rows.data) % (sizeof(T) * kPackSize) == 0 && rows.stride % kPackSize == 0;
}

/// Whether rows whose parts of n elements are worked on alike can be taken in packs.
template <class... T>
bool take_packs(std::int64_t n, Strided<T>... rows) {
  return n % kPackSize == 0 && (takes_packs(rows) && ...);
}

template <int kSize, class Function, class... In>
__device__ Pack<float, kSize> map_pack(const Function& function, std::int64_t row, const In&... in) {
  Pack<float, kSize> out;
  for (int j = 0; j < kSize; ++j) out.of[j] = function(row, in.of[j]...);
  return out;
}

template <int kSize, class Function, class... In>
__global__ void map_packs(int rows, std::int64_t n, Function function, Strided<float> out, Strided<In>... in) {
  const std::int64_t i = this_element() * kSize;
  if (i >= n) return;
  for (std::int64_t r = blockIdx.y; r < rows; r += gridDim.y) {
    store_pack<kSize>(out.of(r) + i, map_pack<kSize>(function, r, load_pack<kSize>(in.of(r) + i)...));
  }
}

/// out[r][i] = function(r, in[r][i]...) for i < n; out may be one of in.
template <class Function, class... In>
void map_rows(const Device& device, const char* what, int rows, std::int64_t n, const Function& function, Strided<float> out,
              Strided<In>... in) {
  if (take_packs(n, out, in...)) {
    launch(device, what, map_packs<kPackSize, Function, In...>, {blocks_for(n / kPackSize), rows}, rows, n, function, out, in...);
  } else {
    launch(device, what, map_packs<1, Function, In...>, {blocks_for(n), rows}, rows, n, function, out, in...);
  }
}

}  // namespace syncline::kernels::cuda
