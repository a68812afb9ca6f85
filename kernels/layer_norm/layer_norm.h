// Layer normalisation (Ba, Kiros & Hinton, Layer Normalization, arXiv:1607.06450, section 3) over the features of each position of
// each sample, as PyTorch has it: biased variance, epsilon added to it.
//
// x, y, dx, dy are [replica][feature][position][sample], weight and bias [replica][feature]; mean and scale, which the forward pass
// leaves for the backward one, are [replica][position][sample].
//
// All backends give the same bits. Sums over features are in double: moments (kernels/moments.h, shifted by the first feature) and
// gradients in chunked_sum's order; those over positions and samples are pair_sum's (kernels/pair_sum.h). All else is float, rounded
// step by step as written. Where a position's x has a NaN or an infinity its scale is NaN, and so is its y.
//
// On a GPU forward is one launch, which reads x twice, from the cache the second time, and writes y; backward is two: x and dy
// once for dweight and dbias, and twice likewise for dx.
#pragma once

#include "kernels/device.h"
#include "kernels/pair_sum.h"

namespace syncline::kernels {

struct LayerNormShape {
  int features, positions;
  float epsilon = 1e-5F;
};

/// Of each position's x: mean, and scale = 1 / sqrt(variance + epsilon); y = ((x - mean) * scale) * weight + bias.
void layer_norm_forward(const Device& device, const LayerNormShape& shape, Replicas replicas, Strided<const float> x,
                        Strided<const float> weight, Strided<const float> bias, Strided<float> y, Strided<float> mean,
                        Strided<float> scale);

/// With normal = (x - mean) * scale, g = dy * weight and the share = 1 / features:
/// dx = ((g - (sum g) * share) - normal * ((sum g * normal) * share)) * scale, the sums over features rounded to float;
/// dbias = sum dy and dweight = sum dy * normal over positions and samples. dx may be dy.
void layer_norm_backward(const Device& device, const LayerNormShape& shape, Replicas replicas, Strided<const float> x,
                         Strided<const float> dy, Strided<const float> weight, Strided<const float> mean,
                         Strided<const float> scale, Strided<float> dx, Strided<float> dweight, Strided<float> dbias);

inline constexpr int kFeatureChunks = 16;  // as many as a GPU's block has warps

/// The features of a chunk: 16 chunks of consecutive features share all of them; the last may have fewer, or none.
constexpr int features_of_chunk(int features) { return (features + kFeatureChunks - 1) / kFeatureChunks; }

/// The sums of the chunks, each of its terms in their order, added in their order; term(feature) is a Pair.
template <class Term>
Pair chunked_sum(int features, Term term) {
  const int size = features_of_chunk(features);
  Pair sum{};
  for (int begin = 0; begin < features; begin += size) {
    Pair of_chunk{};
    for (int f = begin; f < std::min(begin + size, features); ++f) of_chunk += term(f);
    sum += of_chunk;
  }
  return sum;
}

namespace reference {
decltype(kernels::layer_norm_forward) layer_norm_forward;
decltype(kernels::layer_norm_backward) layer_norm_backward;
}  // namespace reference

namespace cpu {
decltype(kernels::layer_norm_forward) layer_norm_forward;
decltype(kernels::layer_norm_backward) layer_norm_backward;
}  // namespace cpu

namespace cuda {
decltype(kernels::layer_norm_forward) layer_norm_forward;
decltype(kernels::layer_norm_backward) layer_norm_backward;
}  // namespace cuda

}  // namespace syncline::kernels
