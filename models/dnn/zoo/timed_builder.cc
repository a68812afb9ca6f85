#include "models/dnn/zoo/timed_builder.h"

#include <algorithm>
#include <utility>

#include "sim/error.h"

namespace syncline::models {
namespace {

double number(std::int64_t n) { return static_cast<double>(n); }
int whole(std::int64_t n) { return static_cast<int>(n); }

}  // namespace

TimedBuilder::TimedBuilder(const ModelRow& row, InputShape input, int most_tokens) {
  const std::string name(row.name);
  const bool reads_text = most_tokens > 0;
  if (reads_text && (input.tokens < 1 || input.tokens > most_tokens)) {
    throw UserError(name + ": sentences of " + std::to_string(input.tokens) + " tokens; must be from 1 to " +
                    std::to_string(most_tokens));
  }
  if (reads_text) input = {1, input.tokens, 1, input.classes, input.tokens};
  if (std::min({input.channels, input.height, input.width}) < 1) {
    throw UserError(name + ": an input needs at least one channel, row and column");
  }
  if (input.classes < 2) throw UserError(name + ": " + std::to_string(input.classes) + " classes; must be at least 2");
  dnn_.name = name;
  dnn_.title = row.title;
  dnn_.source = row.source;
  dnn_.channels = input.channels;
  dnn_.height = input.height;
  dnn_.width = input.width;
  dnn_.classes = input.classes;
  extents_.push_back({input.channels, input.height, input.width});
}

int TimedBuilder::conv(const std::string& name, std::int64_t out, Window window, ConvOptions options, int input) {
  Layer layer = begin(name, input);
  const Extent in = extent(layer.input);
  SYNCLINE_CHECK(in.channels % options.groups == 0 && out % options.groups == 0, name + " cannot be cut into its groups");
  Extent result = slid(name, in, window);
  result.channels = out;
  const std::int64_t group_channels = in.channels / options.groups;
  if (options.groups == 1 && window.height == window.width && window.pad_height == window.pad_width) {
    layer.shape = kernels::ConvShape{whole(in.channels), whole(in.height), whole(in.width),  whole(out),
                                     window.height,      window.stride,    window.pad_height};
  }
  layer.parameters.push_back({name + ".weight", {out, group_channels, window.height, window.width}});
  if (options.bias) layer.parameters.push_back({name + ".bias", {out}});
  layer.out_features = result.features();
  set_product_costs(layer, number(layer.out_features) * number(group_channels * window.height * window.width),
                    options.bias ? Bias::added : Bias::none);
  return append(std::move(layer), result);
}

// PyTorch keeps the place of each maximum as a number of 64 bits.
int TimedBuilder::max_pool(const std::string& name, Window window, int input) {
  const Extent in = extent(previous_or(input));
  const int layer = pool(name, window, 3, input);
  if (window.height == window.width && window.pad_height == window.pad_width) {
    shape_of_last(kernels::PoolShape{whole(in.channels), whole(in.height), whole(in.width), window.height, window.stride,
                                     window.pad_height});
  }
  return layer;
}

int TimedBuilder::average_pool(const std::string& name, Window window, int input) { return pool(name, window, 1, input); }

int TimedBuilder::pool(const std::string& name, Window window, double moved_by_out, int input) {
  Layer layer = begin(name, input);
  const Extent in = extent(layer.input), out = slid(name, in, window);
  const double outs = number(out.features()), flops = outs * window.height * window.width;
  const double moved = number(in.features()) + moved_by_out * outs;
  set_costs(layer, {flops, moved, 1}, {flops, moved, 1});
  return append(std::move(layer), out);
}

int TimedBuilder::adaptive_pool(const std::string& name, int size, int input) {
  Layer layer = begin(name, input);
  const Extent in = extent(layer.input), out{in.channels, size, size};
  const double moved = number(in.features() + out.features());
  set_costs(layer, {number(in.features()), moved, 1}, {number(in.features()), moved, 1});
  return append(std::move(layer), out);
}

int TimedBuilder::norm(const std::string& name, bool bias, Pass forward, Pass backward, int input) {
  const std::int64_t channels = extent(previous_or(input)).channels;
  const int layer = streaming(name, channels, forward, backward, input);
  parameter(name + ".weight", {channels});
  if (bias) parameter(name + ".bias", {channels});
  return layer;
}

// A channel's statistics are those of the whole batch, so its input is read twice, and backward its input and gradient too.
// Forward: sums of x and x^2, (x - mean) / deviation, and an affine map; backward: that again, two sums, and the input's gradient.
int TimedBuilder::batch_norm(const std::string& name, int input) {
  const double n = features(previous_or(input));
  const Extent& in = extent(previous_or(input));
  const kernels::BatchNormShape shape{whole(in.channels), whole(in.height * in.width)};
  norm(name, true, {7 * n, 3 * n, 1}, {9 * n, 5 * n, 1}, input);
  return shape_of_last(shape);
}

// One position's numbers stay on the chip; backward, a second kernel reads input and gradient again for the parameters' gradients.
int TimedBuilder::layer_norm(const std::string& name, int input) {
  const double n = features(previous_or(input));
  const Extent& in = extent(previous_or(input));
  const kernels::LayerNormShape shape{whole(in.channels), whole(in.height * in.width)};
  norm(name, true, {7 * n, 2 * n, 1}, {9 * n, 5 * n, 2}, input);
  return shape_of_last(shape);
}

int TimedBuilder::rms_norm(const std::string& name, int input) {
  const double n = features(previous_or(input));
  return norm(name, false, {4 * n, 2 * n, 1}, {7 * n, 5 * n, 2}, input);
}

int TimedBuilder::relu(const std::string& name, int input) {
  const double n = features(previous_or(input));
  streaming(name, extent(previous_or(input)).channels, {n, 2 * n, 1}, {n, 3 * n, 1}, input);
  return shape_of_last(Elementwise::relu);
}

int TimedBuilder::gelu(const std::string& name, int input) {
  const double n = features(previous_or(input));
  streaming(name, extent(previous_or(input)).channels, {8 * n, 2 * n, 1}, {12 * n, 3 * n, 1}, input);
  return shape_of_last(Elementwise::gelu);
}

int TimedBuilder::tanh(const std::string& name, int input) {
  const double n = features(previous_or(input));
  return streaming(name, extent(previous_or(input)).channels, {4 * n, 2 * n, 1}, {3 * n, 3 * n, 1}, input);
}

// The mask takes a byte for each number.
int TimedBuilder::dropout(const std::string& name, int input) {
  const double n = features(previous_or(input));
  streaming(name, extent(previous_or(input)).channels, {2 * n, 2.25 * n, 1}, {n, 2.25 * n, 1}, input);
  return shape_of_last(Elementwise::dropout);
}

// Backward, the gradient goes both ways unchanged; where the ways part, the two gradients are added: that is charged here.
int TimedBuilder::add(const std::string& name, int a, int b) {
  SYNCLINE_CHECK(extent(a).channels == extent(b).channels && (positions(b) == 1 || positions(a) == positions(b)),
                 name + " adds outputs of different sizes");
  const double n = features(a), moved = 2 * n + features(b);
  const bool same = positions(a) == positions(b);
  const int layer = streaming(name, extent(a).channels, {n, moved, 1}, {n, moved, 1}, a);
  return same ? shape_of_last(Elementwise::add) : layer;
}

// Backward, each part's gradient is added to what the part's other readers gave.
int TimedBuilder::concatenate(const std::string& name, const std::vector<int>& inputs) {
  Extent out = extent(inputs.front());
  out.channels = 0;
  for (const int input : inputs) {
    SYNCLINE_CHECK(positions(input) == out.height * out.width, name + " joins images of different sizes");
    out.channels += extent(input).channels;
  }
  Layer layer = begin(name, inputs.back());
  const double n = number(out.features());
  set_costs(layer, {0, 2 * n, 1}, {n, 3 * n, static_cast<int>(inputs.size())});
  return append(std::move(layer), out);
}

int TimedBuilder::dense(const std::string& name, std::int64_t out, const DenseOptions& options, int input) {
  Layer layer = begin(name, input);
  Extent extent_of_input = extent(layer.input);
  if (options.positions > 0) extent_of_input = {extent_of_input.channels, options.positions, 1};
  const std::int64_t in = extent_of_input.channels;
  if (options.tied) {
    layer.tied_elements = in * out;
  } else if (options.transposed) {
    layer.parameters.push_back({name + options.weight, {in, out}});
  } else {
    layer.parameters.push_back({name + options.weight, {out, in}});
  }
  if (options.bias) layer.parameters.push_back({name + options.bias_name, {out}});
  layer.in_features = extent_of_input.features();
  layer.shape = kernels::DenseShape{whole(in), whole(out)};
  const Extent result{out, extent_of_input.height, extent_of_input.width};
  layer.out_features = result.features();
  set_product_costs(layer, number(layer.in_features) * number(out), options.bias ? Bias::fused : Bias::none);
  return append(std::move(layer), result);
}

// Backward: the dense gradient is cleared (its bytes are those of weights), then its rows are added to.
int TimedBuilder::embedding(const std::string& name, std::int64_t rows, std::int64_t features) {
  Layer layer = begin(name, -1);
  const Extent out{features, dnn_.height, 1};
  const double n = number(out.features());
  layer.looks_up = true;
  layer.shape = kernels::EmbeddingShape{whole(rows), whole(features), dnn_.height};
  layer.parameters.push_back({name + ".weight", {rows, features}});
  set_costs(layer, {0, 2 * n, 1}, {n, 3 * n, 2});
  return append(std::move(layer), out);
}

int TimedBuilder::attention(const std::string& name, const AttentionShape& shape, int input) {
  Layer layer = begin(name, input);
  const std::int64_t tokens = positions(layer.input);
  const Extent out{shape.heads * shape.head_features, tokens, 1};
  const double q = number(out.features()), k = number(tokens * shape.key_heads * shape.head_features);
  const double scores = number(shape.heads * tokens * tokens);
  const double masked = shape.masked ? 1 : 0, dropout = shape.dropout ? 1 : 0;
  // Heads are gathered by a copy of each of Q, K, V and, at the end, of the output; K and V may be shared by several heads.
  const double copied = 2 * q + 2 * (k + q) + 2 * q;
  const double products = 2 * (2 * q + scores);  // Q K^T and P V; backward both gradients of each
  layer.multiply_adds = 2 * scores * number(shape.head_features);
  // Scores are scaled, masked, turned into probabilities by a softmax, and some dropped.
  const Pass forward{2 * layer.multiply_adds + scores * (1 + masked + 4 + 2 * dropout),
                     copied + products + scores * (2 + 2 * masked + 2 + 2.25 * dropout),
                     8 + (shape.masked ? 1 : 0) + (shape.dropout ? 1 : 0)};
  const Pass backward{4 * layer.multiply_adds + scores * (1 + 4 + dropout),
                      copied + 2 * products + scores * (2 + 3 + 2.25 * dropout), 10 + (shape.dropout ? 1 : 0)};
  set_costs(layer, forward, backward);
  if (shape.key_heads == shape.heads) {
    layer.shape = kernels::AttentionShape{whole(shape.heads), whole(shape.head_features), whole(tokens), shape.causal};
  }
  return append(std::move(layer), out);
}

// Logarithms of the softmax, then one of them for each token; backward, a gradient of zeros but for those.
int TimedBuilder::cross_entropy(const std::string& name, bool shifted, int input) {
  Layer layer = begin(name, input);
  const double n = features(layer.input), copied = shifted ? 2 * n : 0;
  set_costs(layer, {5 * n, 2 * n + copied, shifted ? 3 : 2}, {3 * n, 4 * n + copied, shifted ? 3 : 2});
  return append(std::move(layer), {1, 1, 1});
}

int TimedBuilder::streaming(const std::string& name, std::int64_t channels, Pass forward, Pass backward, int input) {
  Layer layer = begin(name, input);
  Extent out = extent(layer.input);
  out.channels = channels;
  set_costs(layer, forward, backward);
  return append(std::move(layer), out);
}

int TimedBuilder::shape_of_last(const LayerShape& shape) {
  dnn_.layers.back().shape = shape;
  return static_cast<int>(dnn_.layers.size()) - 1;
}

void TimedBuilder::flatten() { extents_.back() = {extents_.back().features(), 1, 1}; }

void TimedBuilder::add_position() {
  Extent& last = extents_.back();
  last = {last.channels, last.height * last.width + 1, 1};
  dnn_.layers.back().out_features = last.features();
}

void TimedBuilder::parameter(const std::string& name, std::vector<std::int64_t> shape) {
  dnn_.layers.back().parameters.push_back({name, std::move(shape)});
}

void TimedBuilder::registers_last(int layer) {
  std::erase(dnn_.registration, layer);
  dnn_.registration.push_back(layer);
}

Dnn TimedBuilder::take() {
  if (std::ranges::is_sorted(dnn_.registration)) dnn_.registration.clear();
  return std::move(dnn_);
}

Layer TimedBuilder::begin(const std::string& name, int input) const {
  Layer layer;
  layer.name = name;
  layer.kind = LayerKind::timed;
  layer.input = previous_or(input);
  layer.in_features = extent(layer.input).features();
  return layer;
}

int TimedBuilder::append(Layer layer, Extent out) {
  const int index = static_cast<int>(dnn_.layers.size());
  layer.out_features = out.features();
  dnn_.layers.push_back(std::move(layer));
  dnn_.registration.push_back(index);
  extents_.push_back(out);
  return index;
}

TimedBuilder::Extent TimedBuilder::slid(const std::string& name, const Extent& in, Window window) const {
  const std::int64_t height = in.height + 2 * window.pad_height - window.height;
  const std::int64_t width = in.width + 2 * window.pad_width - window.width;
  if (height < 0 || width < 0) {
    const auto text = [](std::int64_t rows, std::int64_t columns) {
      return std::to_string(rows) + " x " + std::to_string(columns);
    };
    throw UserError(dnn_.name + ": the input of " + text(dnn_.height, dnn_.width) + " is too small: only " +
                    text(in.height, in.width) + " is left for " + name + ", whose window is " +
                    text(window.height, window.width));
  }
  return {in.channels, height / window.stride + 1, width / window.stride + 1};
}

}  // namespace syncline::models
