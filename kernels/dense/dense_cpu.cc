#include "kernels/dense/dense.h"

namespace syncline::kernels::cpu {

void dense_forward(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> x,
                   Strided<const float> w, Strided<const float> bias, Strided<float> y) {
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    reference::dense_forward(device, shape, {1, replicas.batch}, {x.of(r), 0}, {w.of(r), 0}, {bias.of(r), 0}, {y.of(r), 0});
  });
}

void dense_backward_input(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> dy,
                          Strided<const float> w, Strided<float> dx) {
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    reference::dense_backward_input(device, shape, {1, replicas.batch}, {dy.of(r), 0}, {w.of(r), 0}, {dx.of(r), 0});
  });
}

void dense_backward_weights(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> x,
                            Strided<const float> dy, Strided<float> dw, Strided<float> dbias) {
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    reference::dense_backward_weights(device, shape, {1, replicas.batch}, {x.of(r), 0}, {dy.of(r), 0}, {dw.of(r), 0},
                                      {dbias.of(r), 0});
  });
}

}  // namespace syncline::kernels::cpu
