#include "kernels/device_cuda.h"
#include "kernels/embedding/embedding.h"
#include "kernels/lane_sum.cuh"
#include "kernels/packs.cuh"

namespace syncline::kernels::cuda {
namespace {

constexpr int kWarps = kThreads / kWarp;

/// A tile of 32 entries and 32 features: read along the features of rows, written along the entries.
__global__ void gather(int count, int features, int entries, const std::int32_t* indices, Strided<const float> w,
                       Strided<float> y) {
  __shared__ float tile[kWarp][kWarp + 1];  // [entry][feature]; the gap, so that a column's floats lie in different banks
  const int tiles = (entries + kWarp - 1) / kWarp;
  const int first_entry = static_cast<int>(blockIdx.x) % tiles * kWarp,
            first_feature = static_cast<int>(blockIdx.x) / tiles * kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp, warp = static_cast<int>(threadIdx.x) / kWarp;
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    __syncthreads();  // nobody reads the last replica's tile any more
    for (int i = warp; i < kWarp && first_entry + i < entries; i += kWarps) {
      const std::int64_t row = indices[r * entries + first_entry + i];
      if (first_feature + lane < features) tile[i][lane] = w.of(r)[row * features + first_feature + lane];
    }
    __syncthreads();
    for (int f = warp; f < kWarp && first_feature + f < features; f += kWarps) {
      if (first_entry + lane < entries) y.of(r)[std::int64_t{first_feature + f} * entries + first_entry + lane] = tile[lane][f];
    }
  }
}

constexpr std::int32_t kNoRow = 0x7fffffff;  // beyond all

struct Zero {
  __device__ float operator()(std::int64_t) const { return 0; }
};

/// An entry in its place among those sorted by row, and by their numbers where the row is the same.
struct alignas(8) Sorted {
  std::int32_t row, entry;
};

/// A thread finds one entry's place by counting those that come before it.
__global__ void sort_entries(int count, int entries, const std::int32_t* indices, Sorted* sorted) {
  __shared__ Pack<std::int32_t, 4> rows[kThreads / 4];
  const int mine = static_cast<int>(this_element()), of_block = static_cast<int>(threadIdx.x), own = mine - of_block;
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    const std::int32_t* index = indices + r * entries;
    const std::int32_t row = mine < entries ? index[mine] : 0;
    int place = 0;
    for (int first = 0; first < entries; first += kThreads) {
      __syncthreads();  // nobody reads the last rows any more
      rows[of_block / 4].of[of_block % 4] = first + of_block < entries ? index[first + of_block] : kNoRow;
      __syncthreads();
      const std::int32_t until = first < own ? row : row - 1;  // an earlier entry of the same row comes before, a later one not
#pragma unroll 8
      for (const auto& pack : rows) {
        const auto four = pack;
        for (const std::int32_t other : four.of) place += other <= until ? 1 : 0;
      }
      for (int i = 0; first == own && i < of_block; ++i) place += rows[i / 4].of[i % 4] == row ? 1 : 0;
    }
    if (mine < entries) sorted[r * entries + place] = {row, mine};
  }
}

/// The sorted entries from `first` on that a block has in shared memory, and what they add to 32 features.
struct Chunk {
  Sorted entries[kThreads];
  unsigned heads[kWarps];                // bit l of word w: whether entry 32 w + l is the first of its row
  float gradients[kThreads][kWarp + 1];  // [sorted entry][feature]

  /// The first head from i on; kThreads where there is none.
  __device__ int next_head(int i) const {
    for (; i < kThreads; i = (i / kWarp + 1) * kWarp) {
      const unsigned left = heads[i / kWarp] >> (i % kWarp);
      if (left != 0) return i + __ffs(static_cast<int>(left)) - 1;
    }
    return kThreads;
  }
};

/// Fills the chunk, a thread with one entry: neighbours in a row that come often are neighbours in dy, too. The end of all
/// entries is a head. All threads of the block come here.
__device__ void fetch(const Sorted* sorted, int first, int entries, int features, const float* dy, Chunk& chunk) {
  const int i = first + static_cast<int>(threadIdx.x);
  const Sorted mine = i < entries ? sorted[i] : Sorted{-1, 0};
  __syncthreads();  // nobody reads the last chunk any more
  chunk.entries[threadIdx.x] = mine;
  const unsigned heads = __ballot_sync(kAllLanes, i == 0 || i >= entries || sorted[i - 1].row != mine.row);
  if (threadIdx.x % kWarp == 0) chunk.heads[threadIdx.x / kWarp] = heads;
#pragma unroll 16
  for (int f = 0; f < kWarp; ++f) {
    if (i < entries && f < features) chunk.gradients[threadIdx.x][f] = dy[std::int64_t{f} * entries + mine.entry];
  }
  __syncthreads();
}

/// A block has the rows whose first entry is among kThreads sorted ones, and a warp those whose first is among 32 of these, for 32
/// features, one a lane. The block's last row may go on beyond: then the block does, with the warp that has begun it.
__global__ void sum_rows(int count, int features, int entries, const Sorted* sorted, Strided<const float> dy, Strided<float> dw) {
  __shared__ Chunk chunk;
  const int chunks = (entries + kThreads - 1) / kThreads;
  const int begin = static_cast<int>(blockIdx.x) % chunks * kThreads,
            first_feature = static_cast<int>(blockIdx.x) / chunks * kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp, warp = static_cast<int>(threadIdx.x) / kWarp;
  const bool has_feature = first_feature + lane < features;
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    float sum = 0;
    std::int64_t row = 0;
    bool goes_on = false;  // whether the warp's last row does, in the next chunk
    const auto add = [&](int i, int next_head) {
#pragma unroll 8
      for (; i < next_head; ++i) sum += chunk.gradients[i][lane];
      goes_on = next_head == kThreads;
      if (!goes_on && has_feature) dw.of(r)[row * features + first_feature + lane] = sum;
      return next_head;
    };
    for (int first = begin; first == begin || __syncthreads_or(goes_on ? 1 : 0) != 0; first += kThreads) {
      fetch(sorted + r * entries, first, entries, features - first_feature, dy.of(r) + std::int64_t{first_feature} * entries,
            chunk);
      if (first > begin && goes_on) add(0, chunk.next_head(0));
      if (first > begin) continue;
      for (int i = chunk.next_head(warp * kWarp); i < (warp + 1) * kWarp && first + i < entries;) {
        row = chunk.entries[i].row;
        sum = 0;
        i = add(i, chunk.next_head(i + 1));
      }
    }
  }
}

}  // namespace

void embedding_forward(const Device& device, const EmbeddingShape& shape, Replicas replicas, const std::int32_t* indices,
                       Strided<const float> w, Strided<float> y) {
  const int entries = as_int(std::int64_t{shape.positions} * replicas.batch, "embedding_forward");
  launch(device, "embedding_forward", gather, {blocks_for(entries, kWarp) * blocks_for(shape.features, kWarp), replicas.count},
         replicas.count, shape.features, entries, indices, w, y);
}

void embedding_backward(const Device& device, const EmbeddingShape& shape, Replicas replicas, const std::int32_t* indices,
                        Strided<const float> dy, Strided<float> dw) {
  const int entries = as_int(std::int64_t{shape.positions} * replicas.batch, "embedding_backward");
  map_rows(device, "embedding_backward, zeros", replicas.count, std::int64_t{shape.rows} * shape.features, Zero{}, dw);
  const std::shared_ptr<void> scratch = allocate(device, static_cast<std::size_t>(replicas.count) * entries * sizeof(Sorted));
  auto* const sorted = static_cast<Sorted*>(scratch.get());
  launch(device, "embedding_backward, order", sort_entries, {blocks_for(entries), replicas.count}, replicas.count, entries,
         indices, sorted);
  launch(device, "embedding_backward, sums", sum_rows, {blocks_for(entries) * blocks_for(shape.features, kWarp), replicas.count},
         replicas.count, shape.features, entries, static_cast<const Sorted*>(sorted), dy, dw);
}

}  // namespace syncline::kernels::cuda
