#include "kernels/qsgd/qsgd.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {
namespace {

void check(const QsgdShape& shape) {
  if (shape.levels < 1 || shape.levels > kMostLevels) {
    throw KernelError("QSGD takes 1 to " + std::to_string(kMostLevels) + " levels, not " + std::to_string(shape.levels));
  }
  if (shape.bucket < 1) throw KernelError("QSGD needs a bucket of at least 1 element, not " + std::to_string(shape.bucket));
}

}  // namespace

void qsgd_encode(const Device& device, int count, const QsgdShape& shape, Strided<const float> x, std::uint64_t key,
                 Strided<float> norms, Strided<std::uint32_t> codes) {
  check(shape);
  dispatch(device, reference::qsgd_encode, cpu::qsgd_encode, SYNCLINE_IF_CUDA(cuda::qsgd_encode), count, shape, x, key, norms,
           codes);
}

void qsgd_mean(const Device& device, int count, const QsgdShape& shape, Strided<const float> norms,
               Strided<const std::uint32_t> codes, float* out) {
  check(shape);
  dispatch(device, reference::qsgd_mean, cpu::qsgd_mean, SYNCLINE_IF_CUDA(cuda::qsgd_mean), count, shape, norms, codes, out);
}

}  // namespace syncline::kernels
