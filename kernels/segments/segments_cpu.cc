#include "kernels/blocks.h"
#include "kernels/segments/segments.h"

namespace syncline::kernels::cpu {
namespace {

/// body(rank, piece) for all of them.
template <class Body>
void for_each_piece(const Device& device, int count, std::span<const Segment> pieces, const Body& body) {
  for_each_row_and_block(device, count, static_cast<std::int64_t>(pieces.size()),
                         [&](int r, std::int64_t piece) { body(r, pieces[static_cast<std::size_t>(piece)]); });
}

}  // namespace

void add_segments(const Device& device, int count, const Segments& segments, Strided<const float> a, Strided<const float> b,
                  Strided<float> sum) {
  for_each_piece(device, count, segments.pieces(), [&](int r, const Segment& s) {
    const float *left = a.of(r) + s.from, *right = b.of(r) + s.from;
    float* to = sum.of(r) + s.to;
    for (std::int64_t i = 0; i < s.elements; ++i) to[i] = left[i] + right[i];
  });
}

void copy_segments(const Device& device, int count, const Segments& segments, Strided<const float> a, Strided<float> copy) {
  for_each_piece(device, count, segments.pieces(),
                 [&](int r, const Segment& s) { std::copy_n(a.of(r) + s.from, s.elements, copy.of(r) + s.to); });
}

}  // namespace syncline::kernels::cpu
