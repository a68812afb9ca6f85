#include "tools/profiling/layer_benchmarks.h"

#include <functional>
#include <map>
#include <tuple>
#include <utility>

#include "kernels/average_pool/average_pool.h"
#include "kernels/relu/relu.h"
#include "kernels/residual/residual.h"
#include "tools/profiling/kernel_benchmarks.h"

namespace syncline::tools {
namespace {

using kernels::Device;
using models::Layer;
using models::LayerKind;

struct Passes {
  std::function<void()> forward, backward;
};

/// A layer's arrays for one batch: x and y and their gradients, weights and theirs.
struct Arrays {
  Arrays(const Device& device, std::int64_t in, std::int64_t out, std::int64_t weights, std::int64_t biases)
      : x(normal_numbers(device, in)),
        dx(kept<float>(device, in)),
        y(kept<float>(device, out)),
        dy(normal_numbers(device, out)),
        w(normal_numbers(device, weights)),
        dw(kept<float>(device, weights)),
        bias(kept<float>(device, biases)),
        dbias(kept<float>(device, biases)) {}
  static kernels::Strided<float> of(const std::shared_ptr<kernels::Buffer<float>>& buffer) { return {buffer->data(), 0}; }
  static kernels::Strided<const float> read(const std::shared_ptr<kernels::Buffer<float>>& buffer) { return {buffer->data(), 0}; }
  std::shared_ptr<kernels::Buffer<float>> x, dx, y, dy, w, dw, bias, dbias;
};

Passes conv(const Device& device, const kernels::ConvShape& shape, int batch) {
  const std::int64_t in = std::int64_t{shape.in_channels} * shape.height * shape.width * batch;
  const std::int64_t out = std::int64_t{shape.out_channels} * shape.out_height() * shape.out_width() * batch;
  const std::int64_t weights = std::int64_t{shape.out_channels} * shape.in_channels * shape.kernel * shape.kernel;
  const auto a = std::make_shared<Arrays>(device, in, out, weights, shape.out_channels);
  const kernels::Replicas one{1, batch};
  return {[=] { kernels::conv_forward(device, shape, one, a->read(a->x), a->read(a->w), a->read(a->bias), a->of(a->y)); },
          [=] {
            kernels::conv_backward_weights(device, shape, one, a->read(a->x), a->read(a->dy), a->of(a->dw), a->of(a->dbias));
            kernels::conv_backward_input(device, shape, one, a->read(a->dy), a->read(a->w), a->of(a->dx));
          }};
}

/// `samples`: batch, or batch times positions.
Passes dense(const Device& device, const kernels::DenseShape& shape, int samples) {
  const auto a = std::make_shared<Arrays>(device, std::int64_t{shape.in} * samples, std::int64_t{shape.out} * samples,
                                          std::int64_t{shape.in} * shape.out, shape.out);
  const kernels::Replicas one{1, samples};
  return {[=] { kernels::dense_forward(device, shape, one, a->read(a->x), a->read(a->w), a->read(a->bias), a->of(a->y)); },
          [=] {
            kernels::dense_backward_weights(device, shape, one, a->read(a->x), a->read(a->dy), a->of(a->dw), a->of(a->dbias));
            kernels::dense_backward_input(device, shape, one, a->read(a->dy), a->read(a->w), a->of(a->dx));
          }};
}

Passes max_pool(const Device& device, const kernels::PoolShape& shape, int batch) {
  const std::int64_t in = std::int64_t{shape.channels} * shape.height * shape.width * batch;
  const std::int64_t out = std::int64_t{shape.channels} * shape.out_height() * shape.out_width() * batch;
  const auto a = std::make_shared<Arrays>(device, in, out, 0, 0);
  const auto winner = kept<std::uint8_t>(device, out);
  const kernels::Replicas one{1, batch};
  return {[=] {
            kernels::max_pool_forward(device, shape, one, a->read(a->x), a->of(a->y), {winner->data(), 0});
          },
          [=] {
            kernels::max_pool_backward(device, shape, one, a->read(a->dy), {winner->data(), 0}, a->of(a->dx));
          }};
}

Passes average_pool(const Device& device, int channels, int pixels, int batch) {
  const std::int64_t out = std::int64_t{channels} * batch;
  const auto a = std::make_shared<Arrays>(device, out * pixels, out, 0, 0);
  const kernels::Replicas one{1, batch};
  return {[=] { kernels::average_pool_forward(device, channels, pixels, one, a->read(a->x), a->of(a->y)); },
          [=] { kernels::average_pool_backward(device, channels, pixels, one, a->read(a->dy), a->of(a->dx)); }};
}

Passes relu(const Device& device, std::int64_t features, int batch) {
  const auto a = std::make_shared<Arrays>(device, features * batch, features * batch, 0, 0);
  const kernels::Replicas one{1, batch};
  return {[=] { kernels::relu_forward(device, features, one, a->read(a->x), a->of(a->y)); },
          [=] { kernels::relu_backward(device, features, one, a->read(a->y), a->read(a->dy), a->of(a->dx)); }};
}

Passes residual(const Device& device, std::int64_t features, int batch) {
  const auto a = std::make_shared<Arrays>(device, features * batch, features * batch, 1, 0);
  const kernels::Replicas one{1, batch};
  return {[=] { kernels::residual_forward(device, features, one, a->read(a->dy), a->read(a->x), a->read(a->w), a->of(a->y)); },
          [=] {
            kernels::residual_backward(device, features, one, a->read(a->x), a->read(a->dy), a->read(a->w), a->of(a->dx),
                                       a->of(a->dw));
          }};
}

/// What tells layers apart that take unequal times.
using Key = std::tuple<LayerKind, std::vector<int>, std::int64_t, std::int64_t>;

Key key_of(const Layer& layer) {
  std::vector<int> numbers;
  if (const auto* c = std::get_if<kernels::ConvShape>(&layer.shape)) {
    numbers = {0, c->in_channels, c->height, c->width, c->out_channels, c->kernel, c->stride, c->padding};
  } else if (const auto* d = std::get_if<kernels::DenseShape>(&layer.shape)) {
    numbers = {1, d->in, d->out};
  } else if (const auto* p = std::get_if<kernels::PoolShape>(&layer.shape)) {
    numbers = {2, p->channels, p->height, p->width, p->size, p->stride};
  }
  return {layer.kind, numbers, layer.in_features, layer.out_features};
}

Passes passes_of(const Device& device, const Layer& layer, int batch) {
  if (const auto* shape = std::get_if<kernels::ConvShape>(&layer.shape)) return conv(device, *shape, batch);
  if (const auto* shape = std::get_if<kernels::DenseShape>(&layer.shape)) {
    return dense(device, *shape, static_cast<int>(layer.in_features / shape->in) * batch);
  }
  if (const auto* shape = std::get_if<kernels::PoolShape>(&layer.shape)) return max_pool(device, *shape, batch);
  if (layer.kind == LayerKind::average_pool) {
    const auto channels = static_cast<int>(layer.out_features);
    return average_pool(device, channels, static_cast<int>(layer.in_features / layer.out_features), batch);
  }
  if (layer.kind == LayerKind::relu) return relu(device, layer.out_features, batch);
  return residual(device, layer.out_features, batch);
}

}  // namespace

bool has_kernels(const Layer& layer) {
  return layer.kind != LayerKind::timed || !std::holds_alternative<std::monostate>(layer.shape);
}

std::vector<std::optional<LayerTimes>> measure_layers(const Device& device, const kernels::Stopwatch& stopwatch,
                                                      const models::Dnn& dnn, int batch) {
  std::map<Key, LayerTimes> known;
  std::vector<std::optional<LayerTimes>> times;
  for (const Layer& layer : dnn.layers) {
    if (!has_kernels(layer)) {
      times.emplace_back();
      continue;
    }
    const auto [place, is_new] = known.try_emplace(key_of(layer));
    if (is_new) {
      const Passes passes = passes_of(device, layer, batch);
      place->second = {stopwatch.median(passes.forward), stopwatch.median(passes.backward)};
    }
    times.emplace_back(place->second);
  }
  return times;
}

}  // namespace syncline::tools
