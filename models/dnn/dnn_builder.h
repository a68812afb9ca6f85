// Puts a Dnn together layer by layer: works out the shapes, parameters and costs of each layer from those before it.
#pragma once

#include <string>
#include <vector>

#include "models/dnn/dnn.h"

namespace syncline::models {

class DnnBuilder {
 public:
  /// UserError where a dimension is below 1, or there are fewer than 2 or more than 256 classes (labels are bytes).
  DnnBuilder(const ModelRow& row, InputShape input);

  /// Each appends a layer that reads the output of `input` (-1: the network's input; by default the layer before), and returns
  /// its index. UserError naming network and layer where the window does not fit into the padded input.
  int conv(const std::string& name, int out_channels, int kernel, int stride, int padding, int input = kPrevious);
  int max_pool(const std::string& name, int size, int stride, int input = kPrevious);
  int average_pool(const std::string& name, int input = kPrevious);  // over all pixels
  int relu(const std::string& name, int input = kPrevious);
  int dense(const std::string& name, int out, int input = kPrevious);
  int residual(const std::string& name, int skip, int branch);  // skip + alpha * branch

  /// The weights (not the biases) of the layers that follow are drawn by `rule`, the biases are 0 where it is he_normal.
  void initialize_by(Initialization rule) { initialization_ = rule; }

  Dnn take() { return std::move(dnn_); }

 private:
  static constexpr int kPrevious = -2;
  struct Extent {
    int channels, height, width;
    std::int64_t features() const { return std::int64_t{channels} * height * width; }
  };

  int previous_or(int input) const { return input == kPrevious ? static_cast<int>(dnn_.layers.size()) - 1 : input; }
  const Extent& extent(int layer) const { return extents_[static_cast<std::size_t>(layer) + 1]; }
  Layer begin(const std::string& name, LayerKind kind, int input) const;
  int append(Layer layer, Extent out);
  void add_weights(Layer& layer, std::vector<std::int64_t> shape, std::int64_t fan_in);
  void check_window(const std::string& name, const Extent& in, int size, int stride, int padding) const;

  Dnn dnn_;
  std::vector<Extent> extents_;  // [layer + 1]; the first is the network's input
  Initialization initialization_ = Initialization::fan_in_uniform;
};

}  // namespace syncline::models
