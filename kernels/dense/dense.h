// A fully connected layer: y = W x + b.
//
// Activations are [replica][feature][sample]; w is [out][in], bias [out] or {nullptr, 0} for none.
#pragma once

#include "kernels/device.h"

namespace syncline::kernels {

struct DenseShape {
  int in, out;
};

/// y [out][batch] = w x + bias.
void dense_forward(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> x,
                   Strided<const float> w, Strided<const float> bias, Strided<float> y);

/// dx [in][batch] = transpose(w) dy.
void dense_backward_input(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> dy,
                          Strided<const float> w, Strided<float> dx);

/// dw [out][in] = dy transpose(x) and dbias [out] = the sums of dy, over the batch; both are overwritten.
void dense_backward_weights(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> x,
                            Strided<const float> dy, Strided<float> dw, Strided<float> dbias);

namespace reference {
decltype(kernels::dense_forward) dense_forward;
decltype(kernels::dense_backward_input) dense_backward_input;
decltype(kernels::dense_backward_weights) dense_backward_weights;
}  // namespace reference

namespace cpu {
decltype(kernels::dense_forward) dense_forward;
decltype(kernels::dense_backward_input) dense_backward_input;
decltype(kernels::dense_backward_weights) dense_backward_weights;
}  // namespace cpu

namespace cuda {
decltype(kernels::dense_forward) dense_forward;
decltype(kernels::dense_backward_input) dense_backward_input;
decltype(kernels::dense_backward_weights) dense_backward_weights;
}  // namespace cuda

}  // namespace syncline::kernels
