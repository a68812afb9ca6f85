#include "kernels/gather_batch/gather_batch.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void gather_batch(const Device& device, const Samples& samples, Replicas replicas, const std::int32_t* indices, Strided<float> x,
                  std::uint8_t* labels) {
  dispatch(device, reference::gather_batch, cpu::gather_batch, SYNCLINE_IF_CUDA(cuda::gather_batch), samples, replicas, indices,
           x, labels);
}

}  // namespace syncline::kernels
