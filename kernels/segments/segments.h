// Parts of an array that go to other places of another array, all in one pass: a bucket's tensors of one kind, which lie scattered.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/device.h"

namespace syncline::kernels {

/// Elements [from, from + elements) of one array, and [to, to + elements) of the other.
struct Segment {
  std::int64_t from = 0, to = 0, elements = 0;
};

/// Segments that are worked on together, step for step. On a GPU also the table that its kernels go by, made once.
class Segments {
 public:
  Segments(const Device& device, std::span<const Segment> segments);
  /// Cut into pieces of at most kPiece elements: what one block of threads takes.
  std::span<const Segment> pieces() const { return pieces_; }
  /// The same in the device's memory; empty but on CUDA.
  const Buffer<Segment>& table() const { return table_; }

  static constexpr std::int64_t kPiece = 4096;

 private:
  std::vector<Segment> pieces_;
  Buffer<Segment> table_;
};

/// sum[r][to + i] = a[r][from + i] + b[r][from + i] of every segment, for `count` ranks. sum may be a or b where from is to. Costs: each
/// argument once, one launch.
void add_segments(const Device& device, int count, const Segments& segments, Strided<const float> a, Strided<const float> b,
                  Strided<float> sum);

/// copy[r][to + i] = a[r][from + i], likewise.
void copy_segments(const Device& device, int count, const Segments& segments, Strided<const float> a, Strided<float> copy);

namespace reference {
decltype(kernels::add_segments) add_segments;
decltype(kernels::copy_segments) copy_segments;
}  // namespace reference

namespace cpu {
decltype(kernels::add_segments) add_segments;
decltype(kernels::copy_segments) copy_segments;
}  // namespace cpu

namespace cuda {
decltype(kernels::add_segments) add_segments;
decltype(kernels::copy_segments) copy_segments;
}  // namespace cuda

}  // namespace syncline::kernels
