#include "kernels/cuda_call.cuh"
#include "kernels/segments/segments.h"

namespace syncline::kernels::cuda {
namespace {

constexpr int kAtOnce = 4;  // elements of a thread, all read before one is written: so that a GPU waits for many at a time

/// Along x: pieces; along y: ranks. to = value(rank, place in the arrays that are read).
template <class Value>
__global__ void write_pieces(int count, const Segment* pieces, Value value, Strided<float> to) {
  const Segment s = pieces[blockIdx.x];
  for (std::int64_t r = blockIdx.y; r < count; r += gridDim.y) {
    for (std::int64_t first = threadIdx.x; first < s.elements; first += kAtOnce * kThreads) {
      float values[kAtOnce] = {};
      for (int c = 0; c < kAtOnce; ++c) {
        const std::int64_t i = first + c * kThreads;
        if (i < s.elements) values[c] = value(r, s.from + i);
      }
      for (int c = 0; c < kAtOnce; ++c) {
        const std::int64_t i = first + c * kThreads;
        if (i < s.elements) to.data[r * to.stride + s.to + i] = values[c];
      }
    }
  }
}

struct Sum {
  Strided<const float> a, b;
  __device__ float operator()(std::int64_t r, std::int64_t i) const {
    return a.data[r * a.stride + i] + b.data[r * b.stride + i];
  }
};

struct Same {
  Strided<const float> a;
  __device__ float operator()(std::int64_t r, std::int64_t i) const { return a.data[r * a.stride + i]; }
};

template <class Value>
void write(const Device& device, const char* what, int count, const Segments& segments, const Value& value, Strided<float> to) {
  const Buffer<Segment>& table = segments.table();
  launch(device, what, write_pieces<Value>, {static_cast<std::int64_t>(table.size()), count}, count, table.data(), value, to);
}

}  // namespace

void add_segments(const Device& device, int count, const Segments& segments, Strided<const float> a, Strided<const float> b,
                  Strided<float> sum) {
  write(device, "add_segments", count, segments, Sum{a, b}, sum);
}

void copy_segments(const Device& device, int count, const Segments& segments, Strided<const float> a, Strided<float> copy) {
  write(device, "copy_segments", count, segments, Same{a}, copy);
}

}  // namespace syncline::kernels::cuda
