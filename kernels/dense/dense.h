// A fully connected layer, y = W x + b, and its gradients. Every replica has its own batch; the replicas' weights are their own
// or, with stride 0, shared. A null bias is none.
//
// cpu: an output or an input gradient is summed with fused multiply-adds in the order of the inputs (the outputs), beginning
// with the bias; a weight's gradient in the order of the samples. That is the same bits on every machine with FMA.
#pragma once

#include "kernels/device.h"

namespace syncline::kernels {

struct DenseShape {
  int in = 0;
  int out = 0;
};

/// y [replica][out][sample] from x [replica][in][sample], w [replica][out][in], bias [replica][out].
void dense_forward(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> x,
                   Strided<const float> w, Strided<const float> bias, Strided<float> y);

/// dx [replica][in][sample], overwritten, from dy [replica][out][sample].
void dense_backward_input(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> dy,
                          Strided<const float> w, Strided<float> dx);

/// dw [replica][out][in] and dbias [replica][out], both overwritten.
void dense_backward_weights(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> x,
                            Strided<const float> dy, Strided<float> dw, Strided<float> dbias);

namespace cpu {
decltype(kernels::dense_forward) dense_forward;
decltype(kernels::dense_backward_input) dense_backward_input;
decltype(kernels::dense_backward_weights) dense_backward_weights;
}  // namespace cpu

}  // namespace syncline::kernels
