#include "kernels/top_k/top_k.h"

#include <limits>

#include "kernels/dispatch.h"

namespace syncline::kernels {

void top_k_encode(const Device& device, int count, std::int64_t n, std::int64_t k, Strided<const float> gradient,
                  Strided<float> error, Strided<float> values, Strided<std::int32_t> indices) {
  if (k < 0 || k > n || n > std::numeric_limits<std::int32_t>::max()) {
    throw KernelError("Top-k cannot choose " + std::to_string(k) + " of " + std::to_string(n) + " elements");
  }
  dispatch(device, reference::top_k_encode, cpu::top_k_encode, SYNCLINE_IF_CUDA(cuda::top_k_encode), count, n, k, gradient, error,
           values, indices);
}

void top_k_mean(const Device& device, int count, std::int64_t n, std::int64_t k, Strided<const float> values,
                Strided<const std::int32_t> indices, float* out) {
  dispatch(device, reference::top_k_mean, cpu::top_k_mean, SYNCLINE_IF_CUDA(cuda::top_k_mean), count, n, k, values, indices, out);
}

}  // namespace syncline::kernels
