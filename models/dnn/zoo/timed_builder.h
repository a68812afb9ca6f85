// Puts a network that is only timed together, layer by layer: shapes, parameters as PyTorch registers them, and costs by formula.
// The costs are those of PyTorch's own operations in fp32, one after the other, in training: nothing is fused but what one
// function of torch.nn.functional does, and attention's scores are written to memory. FLOPs of operations that only stream
// data are counted roughly; their bytes decide.
#pragma once

#include <string>
#include <vector>

#include "models/dnn/dnn.h"
#include "models/dnn/layer_costs.h"

namespace syncline::models {

/// A sample of ImageNet's.
constexpr InputShape kImageNet{3, 224, 224, 1000};

/// A window of `height` x `width` that moves by `stride` over an image with so many rows and columns added on each side.
struct Window {
  int height = 1, width = 1, stride = 1, pad_height = 0, pad_width = 0;
};
constexpr Window square(int size, int stride = 1, int padding = 0) { return {size, size, stride, padding, padding}; }

struct ConvOptions {
  int groups = 1;
  bool bias = false;
};

struct DenseOptions {
  bool bias = true;
  bool tied = false;               // the weights are another layer's: a parameter of that one only
  bool transposed = false;         // the weights' shape is [in][out]
  std::string weight = ".weight";  // what its parameters' names end in
  std::string bias_name = ".bias";
  std::int64_t positions = 0;  // reads only the first so many; 0: all
};

struct AttentionShape {
  std::int64_t heads = 1, key_heads = 1, head_features = 1;
  bool masked = false;   // a mask is added to the scores
  bool causal = false;   // which hides the tokens that follow
  bool dropout = false;  // of the scores
};

class TimedBuilder {
 public:
  static constexpr int kPrevious = -2;

  /// UserError where the row reads images and a dimension is below 1 or there are fewer than 2 classes; where it reads text and
  /// the number of tokens is not from 1 to `most_tokens`.
  TimedBuilder(const ModelRow& row, InputShape input, int most_tokens = 0);

  // Each appends a layer that reads the output of `input` (-1: the network's input; by default the layer before) and returns its
  // index. An output is [channel][y][x]; of text, [feature][token][1].
  int conv(const std::string& name, std::int64_t out, Window window, ConvOptions options = {}, int input = kPrevious);
  int max_pool(const std::string& name, Window window, int input = kPrevious);
  int average_pool(const std::string& name, Window window, int input = kPrevious);
  /// To `size` x `size` pixels.
  int adaptive_pool(const std::string& name, int size, int input = kPrevious);
  int batch_norm(const std::string& name, int input = kPrevious);
  int layer_norm(const std::string& name, int input = kPrevious);
  int rms_norm(const std::string& name, int input = kPrevious);
  int relu(const std::string& name, int input = kPrevious);
  int gelu(const std::string& name, int input = kPrevious);
  int tanh(const std::string& name, int input = kPrevious);
  int dropout(const std::string& name, int input = kPrevious);
  /// The sum of two outputs, of which the second may have one position for all.
  int add(const std::string& name, int a, int b);
  /// Along channels.
  int concatenate(const std::string& name, const std::vector<int>& inputs);
  /// Of every position's features, or after flatten() of all.
  int dense(const std::string& name, std::int64_t out, const DenseOptions& options = {}, int input = kPrevious);
  /// A row of `rows` for each of the text's tokens.
  int embedding(const std::string& name, std::int64_t rows, std::int64_t features);
  /// Softmax(Q K^T) V. Reads Q, and K and V beside it: as one output, or from layers of their own.
  int attention(const std::string& name, const AttentionShape& shape, int input = kPrevious);
  /// Against every token; `shifted`: against the next token, for which all but the last are copied.
  int cross_entropy(const std::string& name, bool shifted, int input = kPrevious);
  /// A layer of these costs whose output has `channels` at each of its input's positions.
  int streaming(const std::string& name, std::int64_t channels, Pass forward, Pass backward, int input = kPrevious);

  /// The last output's positions become channels; no kernel does it.
  void flatten();
  /// A further parameter of the last layer.
  void parameter(const std::string& name, std::vector<std::int64_t> shape);
  /// A further position beside those of the last output, all in one row now.
  void add_position();
  /// This layer's parameters are registered after those of all the layers so far.
  void registers_last(int layer);

  /// Numbers that the output of a layer has.
  double features(int layer) const { return static_cast<double>(extent(layer).features()); }
  std::int64_t positions(int layer) const { return extent(layer).height * extent(layer).width; }

  Dnn take();

 private:
  struct Extent {
    std::int64_t channels, height, width;
    std::int64_t features() const { return channels * height * width; }
  };

  int previous_or(int input) const { return input == kPrevious ? static_cast<int>(dnn_.layers.size()) - 1 : input; }
  const Extent& extent(int layer) const { return extents_[static_cast<std::size_t>(layer) + 1]; }
  Layer begin(const std::string& name, int input) const;
  int shape_of_last(const LayerShape& shape);
  int append(Layer layer, Extent out);
  Extent slid(const std::string& name, const Extent& in, Window window) const;
  int pool(const std::string& name, Window window, double moved_by_out, int input);
  int norm(const std::string& name, bool bias, Pass forward, Pass backward, int input);

  Dnn dnn_;
  std::vector<Extent> extents_;  // [layer + 1]; the first is the network's input
};

}  // namespace syncline::models
