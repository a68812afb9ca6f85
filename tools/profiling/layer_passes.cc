#include "tools/profiling/layer_passes.h"

#include <memory>
#include <random>
#include <variant>
#include <vector>

#include "kernels/add/add.h"
#include "kernels/average_pool/average_pool.h"
#include "kernels/dropout/dropout.h"
#include "kernels/gelu/gelu.h"
#include "kernels/relu/relu.h"
#include "kernels/residual/residual.h"
#include "tools/profiling/kernel_benchmarks.h"

namespace syncline::tools {
namespace {

using kernels::Device;
using kernels::Replicas;
using models::Layer;
using models::LayerKind;

/// An array of one replica, or none.
template <class T>
class Array {
 public:
  Array() = default;
  explicit Array(std::shared_ptr<kernels::Buffer<T>> buffer) : buffer_(std::move(buffer)) {}
  kernels::Strided<T> all() const { return {buffer_ ? buffer_->data() : nullptr, 0}; }
  kernels::Strided<const T> read() const { return {all().data, 0}; }

 private:
  std::shared_ptr<kernels::Buffer<T>> buffer_;
};

/// The passes of a layer by its shape. What a lambda captures is what it needs, and it keeps it.
class PassMaker {
 public:
  PassMaker(const Device& device, const Layer& layer, int batch)
      : device_(device), layer_(layer), one_{1, batch}, in_(layer.in_features * batch), out_(layer.out_features * batch) {}

  LayerPasses operator()(const kernels::ConvShape& shape) const {
    const std::int64_t weights = std::int64_t{shape.out_channels} * shape.in_channels * shape.kernel * shape.kernel;
    const auto x = normal(in_), dy = normal(out_), w = normal(weights);
    const auto y = zeros(out_), dx = zeros(in_), dw = zeros(weights);
    const auto bias = of_bias(shape.out_channels), dbias = of_bias(shape.out_channels);
    return {[=, device = device_, one = one_] {
              kernels::conv_forward(device, shape, one, x.read(), w.read(), bias.read(), y.all());
            },
            [=, device = device_, one = one_] {
              kernels::conv_backward_weights(device, shape, one, x.read(), dy.read(), dw.all(), dbias.all());
              kernels::conv_backward_input(device, shape, one, dy.read(), w.read(), dx.all());
            }};
  }

  /// On many positions of a sample, each is a sample of its own.
  LayerPasses operator()(const kernels::DenseShape& shape) const {
    const std::int64_t weights = std::int64_t{shape.in} * shape.out;
    const Replicas one{1, static_cast<int>(in_ / shape.in)};
    const auto x = normal(in_), dy = normal(out_), w = normal(weights);
    const auto y = zeros(out_), dx = zeros(in_), dw = zeros(weights), bias = of_bias(shape.out), dbias = of_bias(shape.out);
    return {[=, device = device_] { kernels::dense_forward(device, shape, one, x.read(), w.read(), bias.read(), y.all()); },
            [=, device = device_] {
              kernels::dense_backward_weights(device, shape, one, x.read(), dy.read(), dw.all(), dbias.all());
              kernels::dense_backward_input(device, shape, one, dy.read(), w.read(), dx.all());
            }};
  }

  LayerPasses operator()(const kernels::PoolShape& shape) const {
    const auto x = normal(in_), dy = normal(out_), y = zeros(out_), dx = zeros(in_);
    const Array<std::uint8_t> winner(kept<std::uint8_t>(device_, out_));
    return {[=, device = device_, one = one_] { kernels::max_pool_forward(device, shape, one, x.read(), y.all(), winner.all()); },
            [=, device = device_, one = one_] {
              kernels::max_pool_backward(device, shape, one, dy.read(), winner.read(), dx.all());
            }};
  }

  LayerPasses operator()(const kernels::BatchNormShape& shape) const {
    return norm(shape, shape.channels, shape.channels, kernels::batch_norm_forward, kernels::batch_norm_backward);
  }
  LayerPasses operator()(const kernels::LayerNormShape& shape) const {
    return norm(shape, shape.features, std::int64_t{shape.positions} * one_.batch, kernels::layer_norm_forward,
                kernels::layer_norm_backward);
  }

  LayerPasses operator()(const kernels::AttentionShape& shape) const {
    const auto q = normal(out_), k = normal(out_), v = normal(out_), dy = normal(out_);
    const auto y = zeros(out_), dq = zeros(out_), dk = zeros(out_), dv = zeros(out_);
    const auto probabilities = zeros(std::int64_t{shape.heads} * shape.tokens * shape.tokens * one_.batch);
    return {[=, device = device_, one = one_] {
              kernels::attention_forward(device, shape, one, q.read(), k.read(), v.read(), y.all(), probabilities.all());
            },
            [=, device = device_, one = one_] {
              kernels::attention_backward(device, shape, one, q.read(), k.read(), v.read(), probabilities.read(), dy.read(),
                                          dq.all(), dk.all(), dv.all());
            }};
  }

  LayerPasses operator()(const kernels::EmbeddingShape& shape) const {
    std::mt19937 random(1);
    std::vector<std::int32_t> drawn(static_cast<std::size_t>(std::int64_t{shape.positions} * one_.batch));
    for (std::int32_t& index : drawn) index = static_cast<std::int32_t>(random() % static_cast<unsigned>(shape.rows));
    const auto indices = kept<std::int32_t>(device_, static_cast<std::int64_t>(drawn.size()));
    indices->upload(drawn);
    const std::int64_t weights = std::int64_t{shape.rows} * shape.features;
    const auto w = normal(weights), dy = normal(out_), y = zeros(out_), dw = zeros(weights);
    return {
        [=, device = device_, one = one_] { kernels::embedding_forward(device, shape, one, indices->data(), w.read(), y.all()); },
        [=, device = device_, one = one_] {
          kernels::embedding_backward(device, shape, one, indices->data(), dy.read(), dw.all());
        }};
  }

  LayerPasses operator()(models::Elementwise operation) const {
    const auto x = normal(out_), dy = normal(out_), y = zeros(out_), dx = zeros(out_);
    const std::int64_t n = layer_.out_features;
    switch (operation) {
      case models::Elementwise::relu:
        return {[=, device = device_, one = one_] { kernels::relu_forward(device, n, one, x.read(), y.all()); },
                [=, device = device_, one = one_] { kernels::relu_backward(device, n, one, x.read(), dy.read(), dx.all()); }};
      case models::Elementwise::gelu:
        return {[=, device = device_, one = one_] { kernels::gelu_forward(device, n, one, x.read(), y.all()); },
                [=, device = device_, one = one_] { kernels::gelu_backward(device, n, one, x.read(), dy.read(), dx.all()); }};
      case models::Elementwise::dropout:
        return dropout(x, dy, y, dx);
      case models::Elementwise::add:  // backward, where the ways part again, the two gradients are added
        return {[=, device = device_, total = out_] { kernels::add(device, 1, total, x.read(), dy.read(), y.all()); },
                [=, device = device_, total = out_] { kernels::add(device, 1, total, dy.read(), x.read(), dx.all()); }};
    }
    return {};
  }

  /// Without a shape: what trained networks have besides.
  LayerPasses operator()(std::monostate) const {
    if (layer_.kind == LayerKind::average_pool) return average_pool();
    if (layer_.kind == LayerKind::relu) return (*this)(models::Elementwise::relu);
    return residual();
  }

 private:
  /// Nothing where the layer has no bias: weights alone, or those of another layer.
  Array<float> of_bias(std::int64_t n) const {
    const std::size_t weights = layer_.tied_elements > 0 ? 0 : 1;
    return layer_.parameters.size() > weights ? normal(n) : Array<float>();
  }

  Array<float> normal(std::int64_t n) const { return Array<float>(normal_numbers(device_, n)); }
  Array<float> zeros(std::int64_t n) const { return Array<float>(kept<float>(device_, n)); }

  template <class Shape, class Forward, class Backward>
  LayerPasses norm(const Shape& shape, std::int64_t weights, std::int64_t statistics, Forward* forward,
                   Backward* backward) const {
    const auto x = normal(in_), dy = normal(out_), w = normal(weights), bias = normal(weights);
    const auto y = zeros(out_), dx = zeros(in_), dw = zeros(weights), dbias = zeros(weights);
    const auto mean = zeros(statistics), scale = zeros(statistics);
    return {[=, device = device_, one = one_] {
              forward(device, shape, one, x.read(), w.read(), bias.read(), y.all(), mean.all(), scale.all());
            },
            [=, device = device_, one = one_] {
              backward(device, shape, one, x.read(), dy.read(), w.read(), mean.read(), scale.read(), dx.all(), dw.all(),
                       dbias.all());
            }};
  }

  LayerPasses dropout(const Array<float>& x, const Array<float>& dy, const Array<float>& y, const Array<float>& dx) const {
    constexpr float kProbability = 0.1F;
    const Array<std::uint8_t> mask(kept<std::uint8_t>(device_, out_));
    const std::int64_t n = layer_.out_features;
    return {[=, device = device_, one = one_] {
              kernels::dropout_forward(device, n, one, kProbability, {1}, x.read(), y.all(), mask.all());
            },
            [=, device = device_, one = one_] {
              kernels::dropout_backward(device, n, one, kProbability, mask.read(), dy.read(), dx.all());
            }};
  }

  LayerPasses average_pool() const {
    const auto channels = static_cast<int>(layer_.out_features);
    const auto pixels = static_cast<int>(layer_.in_features / layer_.out_features);
    const auto x = normal(in_), dy = normal(out_), y = zeros(out_), dx = zeros(in_);
    return {
        [=, device = device_, one = one_] { kernels::average_pool_forward(device, channels, pixels, one, x.read(), y.all()); },
        [=, device = device_, one = one_] {
          kernels::average_pool_backward(device, channels, pixels, one, dy.read(), dx.all());
        }};
  }

  LayerPasses residual() const {
    const std::int64_t n = layer_.out_features;
    const auto x = normal(out_), dy = normal(out_), y = zeros(out_), dx = zeros(out_), alpha = normal(1), dalpha = zeros(1);
    return {[=, device = device_, one = one_] {
              kernels::residual_forward(device, n, one, dy.read(), x.read(), alpha.read(), y.all());
            },
            [=, device = device_, one = one_] {
              kernels::residual_backward(device, n, one, x.read(), dy.read(), alpha.read(), dx.all(), dalpha.all());
            }};
  }

  const Device& device_;
  const Layer& layer_;
  Replicas one_;
  std::int64_t in_, out_;  // numbers of the whole batch
};

}  // namespace

bool has_kernels(const Layer& layer) {
  return layer.kind != LayerKind::timed || !std::holds_alternative<std::monostate>(layer.shape);
}

LayerPasses layer_passes(const Device& device, const Layer& layer, int batch) {
  return std::visit(PassMaker(device, layer, batch), layer.shape);
}

}  // namespace syncline::tools
