// What a layer costs per sample, by formula.
#pragma once

#include "models/dnn/dnn.h"

namespace syncline::models {

/// Of one direction.
struct Pass {
  double flops = 0;
  double floats = 0;  // read and written
  int launches = 0;
};
void set_costs(Layer& layer, Pass forward, Pass backward);

/// Whether a product has a bias, and whether its kernel adds it (Linear) or another does (convolutions).
enum class Bias { none, fused, added };

/// Dense and convolution, whose in_features, out_features and input are set: `multiply_adds` each for the output and for the
/// two gradients, of weights and of input; the last is not needed where the input is the network's. Three tensors' worth of
/// traffic per product, and one launch each; the bias gradient is summed in a kernel of its own.
void set_product_costs(Layer& layer, double multiply_adds, Bias bias);

}  // namespace syncline::models
