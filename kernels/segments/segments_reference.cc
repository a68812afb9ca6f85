#include "kernels/segments/segments.h"

namespace syncline::kernels::reference {

void add_segments(const Device&, int count, const Segments& segments, Strided<const float> a, Strided<const float> b,
                  Strided<float> sum) {
  for (int r = 0; r < count; ++r) {
    for (const Segment& s : segments.pieces()) {
      for (std::int64_t i = 0; i < s.elements; ++i) sum.of(r)[s.to + i] = a.of(r)[s.from + i] + b.of(r)[s.from + i];
    }
  }
}

void copy_segments(const Device&, int count, const Segments& segments, Strided<const float> a, Strided<float> copy) {
  for (int r = 0; r < count; ++r) {
    for (const Segment& s : segments.pieces()) {
      for (std::int64_t i = 0; i < s.elements; ++i) copy.of(r)[s.to + i] = a.of(r)[s.from + i];
    }
  }
}

}  // namespace syncline::kernels::reference
