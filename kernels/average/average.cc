#include "kernels/average/average.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void average(const Device& device, int count, std::int64_t n, Strided<const float> in, float* out) {
  dispatch(device, reference::average, cpu::average, SYNCLINE_IF_CUDA(cuda::average), count, n, in, out);
}

void scale(const Device& device, std::int64_t n, float factor, float* x) {
  dispatch(device, reference::scale, cpu::scale, SYNCLINE_IF_CUDA(cuda::scale), n, factor, x);
}

void broadcast_copy(const Device& device, int count, std::int64_t n, const float* in, Strided<float> out) {
  dispatch(device, reference::broadcast_copy, cpu::broadcast_copy, SYNCLINE_IF_CUDA(cuda::broadcast_copy), count, n, in, out);
}

}  // namespace syncline::kernels
