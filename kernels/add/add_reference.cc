#include "kernels/add/add.h"

namespace syncline::kernels::reference {

void add(const Device&, int count, std::int64_t n, Strided<const float> a, Strided<const float> b, Strided<float> out) {
  for (int r = 0; r < count; ++r) {
    for (std::int64_t i = 0; i < n; ++i) {
      out.of(r)[i] = a.of(r)[i] + b.of(r)[i];
    }
  }
}

}  // namespace syncline::kernels::reference
