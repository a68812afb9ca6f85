#include "kernels/add/add.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void add(const Device& device, int count, std::int64_t n, Strided<const float> a, Strided<const float> b, Strided<float> out) {
  dispatch(device, reference::add, cpu::add, SYNCLINE_IF_CUDA(cuda::add), count, n, a, b, out);
}

}  // namespace syncline::kernels
