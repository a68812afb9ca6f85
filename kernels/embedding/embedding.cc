#include "kernels/embedding/embedding.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void embedding_forward(const Device& device, const EmbeddingShape& shape, Replicas replicas, const std::int32_t* indices,
                       Strided<const float> w, Strided<float> y) {
  dispatch(device, reference::embedding_forward, cpu::embedding_forward, SYNCLINE_IF_CUDA(cuda::embedding_forward), shape,
           replicas, indices, w, y);
}

void embedding_backward(const Device& device, const EmbeddingShape& shape, Replicas replicas, const std::int32_t* indices,
                        Strided<const float> dy, Strided<float> dw) {
  dispatch(device, reference::embedding_backward, cpu::embedding_backward, SYNCLINE_IF_CUDA(cuda::embedding_backward), shape,
           replicas, indices, dy, dw);
}

}  // namespace syncline::kernels
