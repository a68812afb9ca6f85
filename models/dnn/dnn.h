// A deep neural network as data: a list of layers with shapes. From this one description come the parameter tensors in
// registration order (what is bucketed and compressed), the FLOPs and bytes that a device profile turns into time, and the
// forward and backward passes that ReplicaNetwork really runs (of the zoo's networks, which are only timed, no passes).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kernels/attention/attention.h"
#include "kernels/batch_norm/batch_norm.h"
#include "kernels/conv/conv.h"
#include "kernels/dense/dense.h"
#include "kernels/embedding/embedding.h"
#include "kernels/layer_norm/layer_norm.h"
#include "kernels/max_pool/max_pool.h"

namespace syncline::models {

/// One input sample, [channel][y][x], and the number of classes to tell apart. A network that reads text takes `tokens` of it
/// and nothing else.
struct InputShape {
  int channels = 1;
  int height = 28;
  int width = 28;
  int classes = 10;
  int tokens = 0;
};

/// `timed` is a layer of a network that nobody trains here: known by its costs and parameters, and by a shape where the kernels
/// have its like, so that it can be measured.
enum class LayerKind { dense, conv, max_pool, average_pool, relu, residual, timed };

/// What is done to each number by itself, or to two in the same place.
enum class Elementwise { relu, gelu, dropout, add };

/// What the kernels must know of a layer beside its features.
using LayerShape =
    std::variant<std::monostate, kernels::DenseShape, kernels::ConvShape, kernels::PoolShape, kernels::BatchNormShape,
                 kernels::LayerNormShape, kernels::AttentionShape, kernels::EmbeddingShape, Elementwise>;

enum class Initialization {
  fan_in_uniform,  // U(-1/sqrt(fan_in), 1/sqrt(fan_in)): PyTorch's default of Linear and Conv2d, weight and bias alike
  he_normal,       // N(0, 2/fan_in): He et al. 2015, equation 10
  zero,
};

struct Parameter {
  std::string name;                 // "conv1.weight"
  std::vector<std::int64_t> shape;  // as PyTorch has it: conv [out][in][k][k], dense [out][in], bias [out]
  Initialization initialization = Initialization::zero;
  std::int64_t fan_in = 1;  // inputs that one output sums over

  std::int64_t elements() const;
};

/// Costs are per sample unless said otherwise. A multiply-add is two FLOPs. Bytes are those of fp32 activations and their
/// gradients, each tensor counted once per kernel that reads or writes it; weights are not among them, since they move once
/// per step whatever the batch (count them from `parameters`). Launches are the kernels that PyTorch on CUDA starts per call.
struct Layer {
  std::string name;
  LayerKind kind{};
  /// dense, conv and max_pool have a shape; the others that are trained are told by their features alone (average_pool is global:
  /// out_features channels of in_features / out_features pixels). A dense layer may work on many positions of a sample, each of
  /// shape.in features.
  LayerShape shape;
  int input = -1;  // index of the layer whose output this one reads, always a lower one; -1: the network's input
  int skip = -1;   // residual only: output = skip + alpha * input; -1: the network's input
  std::int64_t in_features = 0;
  std::int64_t out_features = 0;
  std::vector<Parameter> parameters;
  bool looks_up = false;           // reads rows of its weights, and counts them in its bytes, in place of all weights
  std::int64_t tied_elements = 0;  // of a lower layer's weights, which this one reads too, and whose gradient it adds to
  double multiply_adds = 0;        // of its matrix products, forward: what is published as a network's GFLOPs or GMACs
  double forward_flops = 0;
  double backward_flops = 0;
  double forward_bytes = 0;
  double backward_bytes = 0;
  int forward_launches = 0;   // per call
  int backward_launches = 0;  // per call

  std::int64_t parameter_count() const;  // elements of all its parameters
  double forward_weight_bytes() const;   // weights read, per call
  double backward_weight_bytes() const;  // weights read, and gradients of weights written, per call
};

struct Dnn {
  std::string name;
  std::string title;
  std::string source;
  int channels = 0;
  int height = 0;
  int width = 0;
  int classes = 0;
  std::vector<Layer> layers;      // in the order of forward; where nothing is `timed`, the last one gives the logits
  std::vector<int> registration;  // layers in the order in which their parameters are registered; empty: as they stand

  std::vector<Parameter> parameters() const;  // registration order
  std::int64_t parameter_count() const;
  std::int64_t features() const { return std::int64_t{channels} * height * width; }  // of one input sample
};

struct ModelRow {
  std::string_view name;
  std::string_view title;
  std::string_view source;
  std::string_view help;
  bool trains = true;        // false: it can be timed only
  InputShape standard = {};  // what it is timed on
  Dnn (*build)(const ModelRow& row, InputShape input) = nullptr;

  /// UserError where the network cannot be built for this input.
  Dnn make(InputShape input) const { return build(*this, input); }
};

std::span<const ModelRow> models();

/// UserError naming the nearest known model.
const ModelRow& model(std::string_view name);

}  // namespace syncline::models
