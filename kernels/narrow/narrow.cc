#include "kernels/narrow/narrow.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void round_narrow(const Device& device, int count, std::int64_t n, Narrow format, Strided<const float> from, Strided<float> to) {
  dispatch(device, reference::round_narrow, cpu::round_narrow, SYNCLINE_IF_CUDA(cuda::round_narrow), count, n, format, from, to);
}

}  // namespace syncline::kernels
