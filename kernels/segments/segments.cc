#include "kernels/segments/segments.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {
namespace {

std::vector<Segment> cut(std::span<const Segment> segments) {
  std::vector<Segment> pieces;
  for (const Segment& s : segments) {
    for (std::int64_t done = 0; done < s.elements; done += Segments::kPiece) {
      pieces.push_back({s.from + done, s.to + done, std::min(Segments::kPiece, s.elements - done)});
    }
  }
  return pieces;
}

}  // namespace

Segments::Segments(const Device& device, std::span<const Segment> segments)
    : pieces_(cut(segments)), table_(device, device.backend() == Backend::cuda ? pieces_.size() : 0) {
  if (table_.size() > 0) table_.upload(pieces_);
}

void add_segments(const Device& device, int count, const Segments& segments, Strided<const float> a, Strided<const float> b,
                  Strided<float> sum) {
  dispatch(device, reference::add_segments, cpu::add_segments, SYNCLINE_IF_CUDA(cuda::add_segments), count, segments, a, b, sum);
}

void copy_segments(const Device& device, int count, const Segments& segments, Strided<const float> a, Strided<float> copy) {
  dispatch(device, reference::copy_segments, cpu::copy_segments, SYNCLINE_IF_CUDA(cuda::copy_segments), count, segments, a, copy);
}

}  // namespace syncline::kernels
