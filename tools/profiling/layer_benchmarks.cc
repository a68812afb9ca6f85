#include "tools/profiling/layer_benchmarks.h"

#include <map>
#include <tuple>
#include <variant>

#include "tools/profiling/layer_passes.h"

namespace syncline::tools {
namespace {

using models::Layer;

/// The numbers that a shape is made of.
struct Numbers {
  std::vector<int> operator()(std::monostate) const { return {}; }
  std::vector<int> operator()(const kernels::DenseShape& s) const { return {s.in, s.out}; }
  std::vector<int> operator()(const kernels::ConvShape& s) const {
    return {s.in_channels, s.height, s.width, s.out_channels, s.kernel, s.stride, s.padding};
  }
  std::vector<int> operator()(const kernels::PoolShape& s) const {
    return {s.channels, s.height, s.width, s.size, s.stride, s.padding};
  }
  std::vector<int> operator()(const kernels::BatchNormShape& s) const { return {s.channels, s.pixels}; }
  std::vector<int> operator()(const kernels::LayerNormShape& s) const { return {s.features, s.positions}; }
  std::vector<int> operator()(const kernels::AttentionShape& s) const {
    return {s.heads, s.head_features, s.tokens, s.causal ? 1 : 0};
  }
  std::vector<int> operator()(const kernels::EmbeddingShape& s) const { return {s.rows, s.features, s.positions}; }
  std::vector<int> operator()(models::Elementwise operation) const { return {static_cast<int>(operation)}; }
};

/// What tells layers apart that take unequal times.
using Key = std::tuple<models::LayerKind, std::size_t, std::vector<int>, std::int64_t, std::int64_t, std::size_t>;

Key key_of(const Layer& layer) {
  return {layer.kind,        layer.shape.index(), std::visit(Numbers(), layer.shape),
          layer.in_features, layer.out_features,  layer.parameters.size()};
}

}  // namespace

std::vector<std::optional<LayerTimes>> measure_layers(const kernels::Device& device, const kernels::Stopwatch& stopwatch,
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
      const LayerPasses passes = layer_passes(device, layer, batch);
      place->second = {stopwatch.median(passes.forward), stopwatch.median(passes.backward)};
    }
    times.emplace_back(place->second);
  }
  return times;
}

}  // namespace syncline::tools
