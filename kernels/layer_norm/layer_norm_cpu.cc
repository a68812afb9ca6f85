#include <cmath>

#include "kernels/layer_norm/layer_norm.h"
#include "kernels/moments.h"
#include "kernels/pair_sum_cpu.h"

namespace syncline::kernels::cpu {
namespace {

constexpr std::int64_t kTile = 256;  // places side by side, whose sums stay in the first-level cache

/// The chunked_sum of each place of a tile.
struct TileSums {
  double first[kTile] = {}, second[kTile] = {};

  /// term(feature, place) is a Pair.
  template <class Term>
  void add_up(int features, std::int64_t places, const Term& term) {
    const int chunk = features_of_chunk(features);
    for (int begin = 0; begin < features; begin += chunk) {
      TileSums of_chunk;
      for (int f = begin; f < std::min(begin + chunk, features); ++f) of_chunk.add(places, [&](auto p) { return term(f, p); });
      add(places, [&](std::int64_t p) { return Pair{of_chunk.first[p], of_chunk.second[p]}; });
    }
  }
  template <class Term>
  void add(std::int64_t places, const Term& term) {
    for (std::int64_t p = 0; p < places; ++p) {
      const Pair pair = term(p);
      first[p] += pair.first;
      second[p] += pair.second;
    }
  }
};

/// body(replica, first place, places of the tile) for each tile.
template <class Body>
void for_each_tile(const Device& device, int replicas, std::int64_t places, const Body& body) {
  const std::int64_t tiles = blocks_of(places, kTile);
  parallel_for(device, replicas * tiles, [&](std::int64_t i) {
    const std::int64_t begin = i % tiles * kTile;
    body(i / tiles, begin, std::min(kTile, places - begin));
  });
}

}  // namespace

void layer_norm_forward(const Device& device, const LayerNormShape& shape, Replicas replicas, Strided<const float> x,
                        Strided<const float> weight, Strided<const float> bias, Strided<float> y, Strided<float> mean,
                        Strided<float> scale) {
  const int features = shape.features;
  const std::int64_t places = std::int64_t{shape.positions} * replicas.batch;
  for_each_tile(device, replicas.count, places, [&](std::int64_t r, std::int64_t begin, std::int64_t size) {
    const float* from = x.of(r) + begin;
    float *to = y.of(r) + begin, *center = mean.of(r) + begin, *factor = scale.of(r) + begin;
    TileSums sums;
    sums.add_up(features, size, [&](int f, std::int64_t p) { return moment_terms(from[f * places + p], from[p]); });
    for (std::int64_t p = 0; p < size; ++p) {
      const Pair of_place{sums.first[p], sums.second[p]};
      center[p] = mean_of(from[p], of_place, features);
      factor[p] = static_cast<float>(1 / std::sqrt(variance_of(of_place, features) + static_cast<double>(shape.epsilon)));
    }
    for (int f = 0; f < features; ++f) {
      const float slope = weight.of(r)[f], offset = bias.of(r)[f];
      const float* in = from + f * places;
      float* out = to + f * places;
      for (std::int64_t p = 0; p < size; ++p) out[p] = (in[p] - center[p]) * factor[p] * slope + offset;
    }
  });
}

void layer_norm_backward(const Device& device, const LayerNormShape& shape, Replicas replicas, Strided<const float> x,
                         Strided<const float> dy, Strided<const float> weight, Strided<const float> mean,
                         Strided<const float> scale, Strided<float> dx, Strided<float> dweight, Strided<float> dbias) {
  const int features = shape.features;
  const std::int64_t places = std::int64_t{shape.positions} * replicas.batch;
  const float share = 1.0F / static_cast<float>(features);
  for_each_pair_sum(
      device, replicas.count * features, places,
      [&](int row) {
        const int r = row / features;
        const std::int64_t first = row % features * places;
        return [in = x.of(r) + first, gradient = dy.of(r) + first, center = mean.of(r), factor = scale.of(r)](std::int64_t p) {
          return Pair{gradient[p], gradient[p] * ((in[p] - center[p]) * factor[p])};
        };
      },
      [&](int row, const Pair& sums) {
        dbias.of(row / features)[row % features] = static_cast<float>(sums.first);
        dweight.of(row / features)[row % features] = static_cast<float>(sums.second);
      },
      [](int, std::int64_t, std::int64_t) {});
  for_each_tile(device, replicas.count, places, [&](std::int64_t r, std::int64_t begin, std::int64_t size) {
    const float *from = x.of(r) + begin, *gradient = dy.of(r) + begin, *slope = weight.of(r);
    const float *center = mean.of(r) + begin, *factor = scale.of(r) + begin;
    TileSums sums;
    sums.add_up(features, size, [&](int f, std::int64_t p) {
      const float g = gradient[f * places + p] * slope[f];
      return Pair{g, g * ((from[f * places + p] - center[p]) * factor[p])};
    });
    float offset[kTile], pull[kTile];
    for (std::int64_t p = 0; p < size; ++p) {
      offset[p] = static_cast<float>(sums.first[p]) * share;
      pull[p] = static_cast<float>(sums.second[p]) * share;
    }
    for (int f = 0; f < features; ++f) {
      const float *in = from + f * places, *g = gradient + f * places, of_feature = slope[f];
      float* out = dx.of(r) + begin + f * places;
      for (std::int64_t p = 0; p < size; ++p) {
        out[p] = (g[p] * of_feature - offset[p] - (in[p] - center[p]) * factor[p] * pull[p]) * factor[p];
      }
    }
  });
}

}  // namespace syncline::kernels::cpu
