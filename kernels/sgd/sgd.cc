#include "kernels/sgd/sgd.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void sgd_update(const Device& device, int copies, std::int64_t n, const SgdParameters& parameters, Strided<const float> gradient,
                Strided<float> velocity, Strided<float> w) {
  if ((velocity.data == nullptr) != (parameters.momentum == 0)) throw KernelError("sgd_update: a velocity goes with a momentum");
  dispatch(device, reference::sgd_update, cpu::sgd_update, SYNCLINE_IF_CUDA(cuda::sgd_update), copies, n, parameters, gradient,
           velocity, w);
}

}  // namespace syncline::kernels
