#include "models/dnn/layer_costs.h"

namespace syncline::models {
namespace {

constexpr double kFloat = sizeof(float);  // bytes

}  // namespace

void set_costs(Layer& layer, Pass forward, Pass backward) {
  layer.forward_flops = forward.flops;
  layer.backward_flops = backward.flops;
  layer.forward_bytes = kFloat * forward.floats;
  layer.backward_bytes = kFloat * backward.floats;
  layer.forward_launches = forward.launches;
  layer.backward_launches = backward.launches;
}

void set_product_costs(Layer& layer, double multiply_adds, Bias bias) {
  const int gradients = layer.input >= 0 ? 2 : 1;
  const double out = static_cast<double>(layer.out_features);
  const double moved = static_cast<double>(layer.in_features) + out;
  const double bias_flops = bias == Bias::none ? 0 : out;
  layer.multiply_adds = multiply_adds;
  set_costs(layer, {2 * multiply_adds + bias_flops, moved, bias == Bias::added ? 2 : 1},
            {gradients * 2 * multiply_adds + bias_flops, gradients * moved, gradients + (bias == Bias::none ? 0 : 1)});
}

}  // namespace syncline::models
