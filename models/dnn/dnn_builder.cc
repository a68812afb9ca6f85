#include "models/dnn/dnn_builder.h"

#include <algorithm>

#include "models/dnn/layer_costs.h"
#include "sim/error.h"

namespace syncline::models {
namespace {

double number(std::int64_t n) { return static_cast<double>(n); }

// One kernel each way that computes `flops` and moves so many floats.
void set_streaming_costs(Layer& layer, double flops, double forward_floats, double backward_floats) {
  set_costs(layer, {flops, forward_floats, 1}, {flops, backward_floats, 1});
}

}  // namespace

DnnBuilder::DnnBuilder(const ModelRow& row, InputShape input) {
  const std::string name(row.name);
  if (std::min({input.channels, input.height, input.width}) < 1) {
    throw UserError(name + ": an input needs at least one channel, row and column");
  }
  if (input.classes < 2 || input.classes > 256) {
    throw UserError(name + ": " + std::to_string(input.classes) + " classes; must be from 2 to 256");
  }
  dnn_ = {name, std::string(row.title), std::string(row.source), input.channels, input.height, input.width, input.classes, {},
          {}};
  extents_.push_back({input.channels, input.height, input.width});
}

int DnnBuilder::conv(const std::string& name, int out_channels, int kernel, int stride, int padding, int input) {
  Layer layer = begin(name, LayerKind::conv, input);
  const Extent in = extent(layer.input);
  check_window(name, in, kernel, stride, padding);
  const kernels::ConvShape shape{in.channels, in.height, in.width, out_channels, kernel, stride, padding};
  layer.shape = shape;
  const std::int64_t fan_in = std::int64_t{in.channels} * kernel * kernel;
  add_weights(layer, {out_channels, in.channels, kernel, kernel}, fan_in);
  const Extent out{out_channels, shape.out_height(), shape.out_width()};
  layer.out_features = out.features();
  set_product_costs(layer, number(fan_in) * number(layer.out_features), Bias::added);
  return append(std::move(layer), out);
}

int DnnBuilder::max_pool(const std::string& name, int size, int stride, int input) {
  Layer layer = begin(name, LayerKind::max_pool, input);
  const Extent in = extent(layer.input);
  check_window(name, in, size, stride, 0);
  layer.shape = kernels::PoolShape{in.channels, in.height, in.width, size, stride};
  const Extent out{in.channels, (in.height - size) / stride + 1, (in.width - size) / stride + 1};
  layer.out_features = out.features();
  const double outs = number(layer.out_features);
  // The winner's place in its window is one byte, a quarter of a float.
  const double moved = number(layer.in_features) + 1.25 * outs;
  set_streaming_costs(layer, outs * size * size, moved, moved);
  return append(std::move(layer), out);
}

int DnnBuilder::average_pool(const std::string& name, int input) {
  Layer layer = begin(name, LayerKind::average_pool, input);
  const Extent out{extent(layer.input).channels, 1, 1};
  layer.out_features = out.features();
  const double moved = number(layer.in_features + layer.out_features);
  set_streaming_costs(layer, number(layer.in_features), moved, moved);
  return append(std::move(layer), out);
}

int DnnBuilder::relu(const std::string& name, int input) {
  Layer layer = begin(name, LayerKind::relu, input);
  const Extent out = extent(layer.input);
  layer.out_features = out.features();
  const double features = number(layer.out_features);
  set_streaming_costs(layer, features, 2 * features, 3 * features);
  return append(std::move(layer), out);
}

int DnnBuilder::dense(const std::string& name, int out, int input) {
  Layer layer = begin(name, LayerKind::dense, input);
  const int in = static_cast<int>(layer.in_features);
  layer.shape = kernels::DenseShape{in, out};
  add_weights(layer, {out, in}, in);
  layer.out_features = out;
  set_product_costs(layer, number(layer.in_features) * number(layer.out_features), Bias::fused);
  return append(std::move(layer), {out, 1, 1});
}

int DnnBuilder::residual(const std::string& name, int skip, int branch) {
  Layer layer = begin(name, LayerKind::residual, branch);
  layer.skip = skip;
  layer.parameters.push_back({name + ".alpha", {1}, Initialization::zero, 1});
  const Extent out = extent(branch);
  layer.out_features = out.features();
  SYNCLINE_CHECK(branch >= 0 && extent(skip).features() == out.features(), name + " adds outputs of different sizes");
  const double features = number(layer.out_features);
  set_streaming_costs(layer, 2 * features, 3 * features, 3 * features);
  layer.backward_flops = 3 * features;  // alpha * dy, and the dot product of dy and the branch
  return append(std::move(layer), out);
}

Layer DnnBuilder::begin(const std::string& name, LayerKind kind, int input) const {
  Layer layer;
  layer.name = name;
  layer.kind = kind;
  layer.input = previous_or(input);
  layer.in_features = extent(layer.input).features();
  return layer;
}

int DnnBuilder::append(Layer layer, Extent out) {
  dnn_.layers.push_back(std::move(layer));
  extents_.push_back(out);
  return static_cast<int>(dnn_.layers.size()) - 1;
}

void DnnBuilder::add_weights(Layer& layer, std::vector<std::int64_t> shape, std::int64_t fan_in) {
  const std::int64_t outputs = shape.front();
  const bool he = initialization_ == Initialization::he_normal;
  layer.parameters.push_back({layer.name + ".weight", std::move(shape), initialization_, fan_in});
  layer.parameters.push_back({layer.name + ".bias", {outputs}, he ? Initialization::zero : initialization_, fan_in});
}

void DnnBuilder::check_window(const std::string& name, const Extent& in, int size, int stride, int padding) const {
  SYNCLINE_CHECK(size >= 1 && stride >= 1 && padding >= 0, name + " has an impossible window");
  if (std::min(in.height, in.width) + 2 * padding >= size) return;
  const auto text = [](int height, int width) { return std::to_string(height) + " x " + std::to_string(width); };
  throw UserError(dnn_.name + ": the input of " + text(dnn_.height, dnn_.width) + " is too small: only " +
                  text(in.height, in.width) + " is left for " + name + ", whose window is " + text(size, size));
}

}  // namespace syncline::models
