// The slow, obvious twin of ReplicaNetwork: one sample at a time, in double, straight from the layers' formulas.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>
#include <vector>

#include "models/dnn/dnn.h"

namespace syncline::models {

using Doubles = std::vector<double>;

namespace double_network {

inline Doubles dense(const kernels::DenseShape& s, const Doubles& x, const double* w) {
  Doubles y;
  const double* bias = w + s.in * s.out;
  for (int o = 0; o < s.out; ++o) {
    double sum = bias[o];
    for (int i = 0; i < s.in; ++i) sum += w[o * s.in + i] * x[static_cast<std::size_t>(i)];
    y.push_back(sum);
  }
  return y;
}

inline double conv_at(const kernels::ConvShape& s, const Doubles& x, const double* w, int o, int y, int xx) {
  double sum = 0;
  for (int c = 0; c < s.in_channels; ++c) {
    for (int ky = 0; ky < s.kernel; ++ky) {
      for (int kx = 0; kx < s.kernel; ++kx) {
        const int iy = y * s.stride + ky - s.padding, ix = xx * s.stride + kx - s.padding;
        if (iy < 0 || iy >= s.height || ix < 0 || ix >= s.width) continue;
        sum += w[((o * s.in_channels + c) * s.kernel + ky) * s.kernel + kx] *
               x[static_cast<std::size_t>((c * s.height + iy) * s.width + ix)];
      }
    }
  }
  return sum;
}

inline Doubles conv(const kernels::ConvShape& s, const Doubles& x, const double* w) {
  Doubles out;
  const double* bias = w + s.out_channels * s.in_channels * s.kernel * s.kernel;
  for (int o = 0; o < s.out_channels; ++o) {
    for (int y = 0; y < (s.height + 2 * s.padding - s.kernel) / s.stride + 1; ++y) {
      for (int xx = 0; xx < (s.width + 2 * s.padding - s.kernel) / s.stride + 1; ++xx) {
        out.push_back(bias[o] + conv_at(s, x, w, o, y, xx));
      }
    }
  }
  return out;
}

inline Doubles max_pool(const kernels::PoolShape& s, const Doubles& x) {
  Doubles out;
  for (int c = 0; c < s.channels; ++c) {
    for (int y = 0; y + s.size <= s.height; y += s.stride) {
      for (int xx = 0; xx + s.size <= s.width; xx += s.stride) {
        double best = -INFINITY;
        for (int k = 0; k < s.size * s.size; ++k) {
          best = std::max(best, x[static_cast<std::size_t>((c * s.height + y + k / s.size) * s.width + xx + k % s.size)]);
        }
        out.push_back(best);
      }
    }
  }
  return out;
}

inline Doubles average_pool(const Layer& layer, const Doubles& x) {
  const std::size_t pixels = static_cast<std::size_t>(layer.in_features / layer.out_features);
  Doubles out(static_cast<std::size_t>(layer.out_features));
  for (std::size_t i = 0; i < x.size(); ++i) out[i / pixels] += x[i] / static_cast<double>(pixels);
  return out;
}

inline Doubles layer_output(const Layer& layer, const Doubles& in, const Doubles& skip, const double* w) {
  Doubles out = in;
  switch (layer.kind) {
    case LayerKind::dense:
      return dense(std::get<kernels::DenseShape>(layer.shape), in, w);
    case LayerKind::conv:
      return conv(std::get<kernels::ConvShape>(layer.shape), in, w);
    case LayerKind::max_pool:
      return max_pool(std::get<kernels::PoolShape>(layer.shape), in);
    case LayerKind::average_pool:
      return average_pool(layer, in);
    case LayerKind::relu:
      for (double& value : out) value = std::max(value, 0.0);
      return out;
    case LayerKind::timed:
      throw std::logic_error("no kernel runs " + layer.name);
    case LayerKind::residual:
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = skip[i] + w[0] * in[i];
      return out;
  }
  return out;
}

}  // namespace double_network

/// The logits of one sample.
inline Doubles double_logits(const Dnn& dnn, std::span<const double> weights, const Doubles& x) {
  std::vector<Doubles> outputs;
  const double* w = weights.data();
  for (const Layer& layer : dnn.layers) {
    const auto of = [&](int index) -> const Doubles& { return index < 0 ? x : outputs[static_cast<std::size_t>(index)]; };
    outputs.push_back(double_network::layer_output(layer, of(layer.input), of(layer.skip), w));
    w += layer.parameter_count();
  }
  return outputs.back();
}

/// The mean softmax cross-entropy over samples.
inline double double_loss(const Dnn& dnn, std::span<const double> weights, const std::vector<Doubles>& samples,
                          const std::vector<std::uint8_t>& labels) {
  double sum = 0;
  for (std::size_t j = 0; j < samples.size(); ++j) {
    const Doubles logits = double_logits(dnn, weights, samples[j]);
    double exponentials = 0;
    for (const double logit : logits) exponentials += std::exp(logit - logits[labels[j]]);
    sum += std::log(exponentials);
  }
  return sum / static_cast<double>(samples.size());
}

}  // namespace syncline::models
