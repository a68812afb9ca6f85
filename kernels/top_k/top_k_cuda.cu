// Exact Top-k in four launches: (1) p = gradient + error, and how many elements have which leading bits of the key; (2) the next
// bits, of those whose leading bits are the k-th largest's, which are set aside; (3) the last bits, of those; (4) the chosen are
// written. What a launch finds out, its last block leaves in the row's Search for the next.
//
// Counts are whole numbers, so that the order of additions doesn't matter; places in the output are counts of what comes before.
#include <algorithm>

#include "kernels/device_cuda.h"
#include "kernels/top_k/look_back_cuda.cuh"
#include "kernels/top_k/select_cuda.cuh"
#include "kernels/top_k/top_k.h"

namespace syncline::kernels::cuda {
namespace {

constexpr int kAtOnce = 8;                      // elements of a thread whose readings are under way together
constexpr int kTile = kAtOnce * kThreads;       // that a block takes at a time when it counts
constexpr int kListed = kTile / 2;              // candidates among them, at most: else all of p is read once more
constexpr std::int64_t kElementsPerPlace = 16;  // a row has a place for a candidate for so many elements, else likewise
constexpr int kWarps = kThreads / 32;
constexpr int kSentTile = 32 * kThreads;  // elements that a block takes when it writes: 32 words of each warp, one of each lane

/// x[c] is element first + c * kThreads + threadIdx.x, where there is one.
__device__ void load_tile(const float* from, std::int64_t first, std::int64_t n, float (&x)[kAtOnce]) {
  const std::int64_t i = first + threadIdx.x;
  for (int c = 0; c < kAtOnce; ++c) x[c] = i + c * kThreads < n ? from[i + c * kThreads] : 0.0F;
}

/// How many of a thread's elements of the tile are there.
__device__ int loaded(std::int64_t first, std::int64_t n) {
  const std::int64_t left = n - first - threadIdx.x;
  return left <= 0 ? 0 : static_cast<int>(min((left + kThreads - 1) / kThreads, std::int64_t{kAtOnce}));
}

/// use(first element) for each of the block's tiles.
template <class Use>
__device__ void for_each_tile(std::int64_t n, const Use& use) {
  for (std::int64_t first = std::int64_t{blockIdx.x} * kTile; first < n; first += std::int64_t{gridDim.x} * kTile) use(first);
}

__global__ void add_and_count(int count, std::int64_t n, unsigned k, Strided<const float> gradient, Strided<float> error,
                              Search* searches) {
  __shared__ unsigned bins[kMostBins];
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    const float* g = gradient.data + r * gradient.stride;
    float* const e = error.data == nullptr ? nullptr : error.data + r * error.stride;
    clear(bins);
    for_each_tile(n, [&](std::int64_t first) {
      float p[kAtOnce], old[kAtOnce];
      load_tile(g, first, n, p);
      if (e != nullptr) load_tile(e, first, n, old);
      const int mine = loaded(first, n);
      for (int c = 0; c < kAtOnce; ++c) {
        if (c >= mine) break;
        if (e != nullptr) e[first + c * kThreads + threadIdx.x] = p[c] += old[c];
        atomicAdd(bins + bin_of(key_of(p[c]), 0), 1U);
      }
    });
    end_digit(searches[r], 0, k, bins);
  }
}

/// Candidates that a block has found but not yet put to the row's.
struct List {
  std::uint32_t keys[kListed];
  unsigned size, place;
};

/// All threads of the block come here.
__device__ void put(List& list, Search& search, std::uint32_t* candidates, unsigned places) {
  __syncthreads();  // the list is complete
  if (list.size == 0) return;
  if (threadIdx.x == 0) {
    const bool all_listed = list.size <= kListed;
    list.place = atomicAdd(&search.set_aside, all_listed ? list.size : 0);
    if (!all_listed || list.place + list.size > places) atomicExch(&search.too_many, 1U);
  }
  __syncthreads();
  for (unsigned i = threadIdx.x; list.size <= kListed && i < list.size && list.place + i < places; i += kThreads) {
    candidates[list.place + i] = list.keys[i];
  }
  __syncthreads();
  if (threadIdx.x == 0) list.size = 0;
}

__global__ void set_aside(int count, std::int64_t n, Strided<const float> p, Search* searches, std::uint32_t* candidates,
                          unsigned places) {
  __shared__ unsigned bins[kMostBins];
  __shared__ List list;
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    Search& search = searches[r];
    const std::uint32_t prefix = search.prefix;
    if (threadIdx.x == 0) list.size = 0;
    clear(bins);
    for_each_tile(n, [&](std::int64_t first) {
      float x[kAtOnce];
      load_tile(p.data + r * p.stride, first, n, x);
      const int mine = loaded(first, n);
      for (int c = 0; c < kAtOnce; ++c) {
        const std::uint32_t key = key_of(x[c]);
        if (c >= mine || key >> shift_of(0) != prefix) continue;
        atomicAdd(bins + bin_of(key, 1), 1U);
        const unsigned place = atomicAdd(&list.size, 1U);
        if (place < kListed) list.keys[place] = key;
      }
      put(list, search, candidates + r * places, places);
      __syncthreads();  // the list is empty
    });
    end_digit(search, 1, search.left, bins);
  }
}

__global__ void count_last_bits(int count, std::int64_t n, Strided<const float> p, Search* searches,
                                const std::uint32_t* candidates, unsigned places) {
  __shared__ unsigned bins[kMostBins];
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    Search& search = searches[r];
    const bool all = search.too_many != 0;
    const std::uint32_t prefix = search.prefix;
    clear(bins);
    const std::int64_t step = std::int64_t{gridDim.x} * kThreads, end = all ? n : std::int64_t{search.set_aside};
#pragma unroll 4
    for (std::int64_t i = this_element(); i < end; i += step) {
      const std::uint32_t key = all ? key_of(p.data[r * p.stride + i]) : candidates[r * places + i];
      if (key >> shift_of(1) == prefix) atomicAdd(bins + bin_of(key, 2), 1U);
    }
    end_digit(search, 2, search.left, bins);
  }
}

/// Of a lane's word of 32 elements: those above the k-th largest, and those as large.
struct Found {
  std::uint32_t above = 0, equal = 0;
};

/// Finds them in the 32 words from `first`. All threads of a warp come here.
__device__ Found find(const float* p, std::int64_t first, std::int64_t n, std::uint32_t least) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  Found found;
  for (int w = 0; w < 32; w += kAtOnce) {
    std::uint32_t key[kAtOnce];
    for (int c = 0; c < kAtOnce; ++c) {
      const std::int64_t i = first + 32 * (w + c) + lane;
      key[c] = i < n ? key_of(p[i]) + 1 : 0;  // 0 is less than any key
    }
    for (int c = 0; c < kAtOnce; ++c) {
      const std::uint32_t above = __ballot_sync(kAllLanes, key[c] > least + 1),
                          equal = __ballot_sync(kAllLanes, key[c] == least + 1);
      if (lane == w + c) found = {above, equal};
    }
  }
  return found;
}

/// The sum of `own` of all threads of the block and all tiles before this thread. All threads of the block come here.
__device__ Counts before_thread(Counts own, Counts* words, std::int64_t tile) {
  __shared__ Counts of_warp[kWarps], before_tile;
  const int lane = static_cast<int>(threadIdx.x % 32), warp = static_cast<int>(threadIdx.x / 32);
  Counts up_to = own;
  for (int distance = 1; distance < 32; distance *= 2) {
    const Counts more = __shfl_up_sync(kAllLanes, up_to, static_cast<unsigned>(distance));
    if (lane >= distance) up_to += more;
  }
  if (lane == 31) of_warp[warp] = up_to;
  __syncthreads();
  if (warp == 0) {
    Counts all = 0;
    for (const Counts of_one : of_warp) all += of_one;
    const Counts before = counts_before(words, tile, all);
    if (lane == 0) before_tile = before;
  }
  __syncthreads();
  Counts before = before_tile + up_to - own;
  for (int w = 0; w < warp; ++w) before += of_warp[w];
  return before;
}

/// Where a row's chosen elements go.
struct Sent {
  float* values;
  std::int32_t* indices;
  float* error;  // or nullptr
};

/// Writes what is chosen of the 32 elements from `first`: all above, and those as large as the k-th as long as some are `left`.
__device__ void send(const Found& found, Counts before, unsigned left, std::int64_t first, const float* p, const Sent& to) {
  unsigned above = first_of(before), equal = second_of(before);
  for (std::uint32_t rest = found.above | (equal < left ? found.equal : 0); rest != 0; rest &= rest - 1) {
    const int bit = __ffs(static_cast<int>(rest)) - 1;
    const bool is_equal = (found.equal >> bit & 1) != 0;
    if (!is_equal || equal < left) {
      const std::int64_t i = first + bit;
      const unsigned place = above + min(equal, left);
      to.values[place] = p[i];
      to.indices[place] = static_cast<std::int32_t>(i);
      if (to.error != nullptr) to.error[i] = 0;
    }
    ++(is_equal ? equal : above);
  }
}

__global__ void send_chosen(int count, std::int64_t n, Strided<const float> p, Strided<float> error, Search* searches,
                            Counts* words, Strided<float> values, Strided<std::int32_t> indices) {
  __shared__ unsigned tile;
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    Search& search = searches[r];
    __syncthreads();  // nobody needs the last row's tile any more
    if (threadIdx.x == 0) tile = atomicAdd(&search.tiles_taken, 1U);
    __syncthreads();
    const float* from = p.data + r * p.stride;
    const std::int64_t first = std::int64_t{tile} * kSentTile + threadIdx.x / 32 * (32 * 32);
    const Found found = find(from, first, n, search.prefix);
    const Counts own = counts(static_cast<unsigned>(__popc(found.above)), static_cast<unsigned>(__popc(found.equal)));
    const Counts before = before_thread(own, words + r * gridDim.x, tile);
    const Sent to{values.data + r * values.stride, indices.data + r * indices.stride,
                  error.data == nullptr ? nullptr : error.data + r * error.stride};
    send(found, before, search.left, first + threadIdx.x % 32 * 32, from, to);
  }
}

}  // namespace

void top_k_encode(const Device& device, int count, std::int64_t n, std::int64_t k, Strided<const float> gradient,
                  Strided<float> error, Strided<float> values, Strided<std::int32_t> indices) {
  if (n == 0 || (k == 0 && error.data == nullptr)) return;
  const std::int64_t tiles = blocks_for(n, kSentTile), places = n / kElementsPerPlace + 1;
  const auto rows = static_cast<std::size_t>(count);
  const std::shared_ptr<void> search_memory = allocate(device, rows * sizeof(Search));  // zeros, as they are to begin
  const std::shared_ptr<void> word_memory = allocate(device, rows * static_cast<std::size_t>(tiles) * sizeof(Counts));
  const std::shared_ptr<void> place_memory = allocate(device, rows * static_cast<std::size_t>(places) * sizeof(std::uint32_t));
  auto* const searches = static_cast<Search*>(search_memory.get());
  auto* const words = static_cast<Counts*>(word_memory.get());
  auto* const candidates = static_cast<std::uint32_t*>(place_memory.get());

  const Grid grid{std::min(blocks_for(n, kTile), kMostAtWork), count};
  launch(device, "top_k_encode, first digit", add_and_count, grid, count, n, static_cast<unsigned>(k), gradient, error, searches);
  if (k == 0) return;
  const Strided<const float> p = error.data == nullptr ? gradient : Strided<const float>{error.data, error.stride};
  const auto most = static_cast<unsigned>(places);
  launch(device, "top_k_encode, second digit", set_aside, grid, count, n, p, searches, candidates, most);
  launch(device, "top_k_encode, third digit", count_last_bits, grid, count, n, p, searches,
         static_cast<const std::uint32_t*>(candidates), most);
  launch(device, "top_k_encode, the chosen", send_chosen, {tiles, count}, count, n, p, error, searches, words, values, indices);
}

}  // namespace syncline::kernels::cuda
