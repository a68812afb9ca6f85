#include "models/dnn/replica_network.h"

#include <algorithm>

#include "kernels/add/add.h"
#include "kernels/average_pool/average_pool.h"
#include "kernels/relu/relu.h"
#include "kernels/residual/residual.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"
#include "sim/error.h"

namespace syncline::models {
namespace {

using kernels::Strided;

constexpr std::int64_t kLane = 16;  // floats; each replica's part begins on a cache line

template <class T>
Strided<T> from(Strided<T> all, std::int64_t offset) {
  return {all.data + offset, all.stride};
}

Strided<const float> read(Strided<float> data) { return {data.data, data.stride}; }

// Of a dense or convolution layer: where its bias begins within its parameters.
std::int64_t bias_offset(const Layer& layer) { return layer.parameters.front().elements(); }

}  // namespace

ReplicaNetwork::ReplicaNetwork(const kernels::Device& device, const Dnn& dnn, kernels::Replicas max)
    : device_(device), dnn_(dnn), max_(max), places_(dnn.layers.size()) {
  for (const Layer& layer : dnn.layers) SYNCLINE_CHECK(layer.kind != LayerKind::timed, dnn.name + " can be timed only");
  SYNCLINE_CHECK(!dnn.layers.empty() && max.count >= 1 && max.batch >= 1, "an empty network, or no replicas or samples");
  place_activations();
  place_gradients();
  gradients_.emplace_back(device_, static_cast<std::size_t>(max_.count * stride(gradient_features_.front())));
}

void ReplicaNetwork::place_activations() {
  std::vector<int> readers(dnn_.layers.size());
  for (const Layer& layer : dnn_.layers) {
    if (layer.input >= 0) ++readers[static_cast<std::size_t>(layer.input)];
    if (layer.skip >= 0) ++readers[static_cast<std::size_t>(layer.skip)];
  }
  std::int64_t parameters = 0;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Layer& layer = dnn_.layers[i];
    places_[i].first_parameter = parameters;
    parameters += layer.parameter_count();
    if (layer.kind == LayerKind::relu && layer.input >= 0 && readers[static_cast<std::size_t>(layer.input)] == 1) {
      places_[i].activation = place(layer.input).activation;
    } else {
      places_[i].activation = static_cast<int>(activations_.size());
      activations_.emplace_back(device_, static_cast<std::size_t>(max_.count * stride(layer.out_features)));
    }
    const bool pools = layer.kind == LayerKind::max_pool;
    winners_.emplace_back(device_, static_cast<std::size_t>(pools ? max_.count * stride(layer.out_features) : 0));
  }
}

// Walks the backward pass: a gradient gets a buffer when it is first written and returns it after its layer's turn.
void ReplicaNetwork::place_gradients() {
  std::vector<int> unused;
  const auto take = [&](std::int64_t features) {
    if (unused.empty()) {
      unused.push_back(static_cast<int>(gradient_features_.size()));
      gradient_features_.push_back(0);
    }
    const int buffer = unused.back();
    unused.pop_back();
    std::int64_t& size = gradient_features_[static_cast<std::size_t>(buffer)];
    size = std::max(size, features);
    return buffer;
  };
  std::int64_t scratch = 0;
  const int logits = places_.back().gradient = take(dnn_.layers.back().out_features);
  for (int index = static_cast<int>(places_.size()) - 1; index >= 0; --index) {
    Place& own = places_[static_cast<std::size_t>(index)];
    const Layer& here = layer(index);
    SYNCLINE_CHECK(own.gradient >= 0, "nobody reads the output of " + here.name);
    bool handed_on = own.gradient == logits;  // never for another use: it is made, and written, before the others
    if (here.skip >= 0) {
      int& skip = places_[static_cast<std::size_t>(here.skip)].gradient;
      own.adds_skip_gradient = skip >= 0;
      if (skip < 0) {
        skip = own.gradient;
        handed_on = true;
      }
    }
    if (here.input >= 0) {
      Place& input = places_[static_cast<std::size_t>(here.input)];
      own.adds_input_gradient = input.gradient >= 0;
      if (own.adds_input_gradient) {
        scratch = std::max(scratch, here.in_features);
      } else if (own.activation == input.activation) {
        input.gradient = own.gradient;
        handed_on = true;
      } else {
        input.gradient = take(here.in_features);
      }
    }
    if (!handed_on) unused.push_back(own.gradient);
  }
  gradient_features_.push_back(scratch);
}

void ReplicaNetwork::allocate_gradients() {
  while (gradients_.size() < gradient_features_.size()) {
    gradients_.emplace_back(device_, static_cast<std::size_t>(max_.count * stride(gradient_features_[gradients_.size()])));
  }
}

void ReplicaNetwork::forward(kernels::Replicas now, Strided<const float> x, Strided<const float> weights) {
  SYNCLINE_CHECK(now.batch >= 1 && now.batch <= max_.batch, "a batch larger than the network was made for, or empty");
  SYNCLINE_CHECK(now.count >= 1 && now.count <= max_.count, "more replicas than the network was made for, or none");
  now_ = now;
  x_ = x;
  for (int index = 0; index < static_cast<int>(places_.size()); ++index) {
    forward_layer(index, from(weights, place(index).first_parameter));
  }
}

void ReplicaNetwork::forward_layer(int index, Strided<const float> weights) {
  const Layer& here = layer(index);
  const Strided<const float> in = output_or_x(here.input);
  const Strided<float> out = output(index);
  switch (here.kind) {
    case LayerKind::dense:
      kernels::dense_forward(device_, std::get<kernels::DenseShape>(here.shape), now_, in, weights,
                             from(weights, bias_offset(here)), out);
      break;
    case LayerKind::conv:
      kernels::conv_forward(device_, std::get<kernels::ConvShape>(here.shape), now_, in, weights,
                            from(weights, bias_offset(here)), out);
      break;
    case LayerKind::max_pool: {
      kernels::Buffer<std::uint8_t>& winner = winners_[static_cast<std::size_t>(index)];
      kernels::max_pool_forward(device_, std::get<kernels::PoolShape>(here.shape), now_, in, out,
                                {winner.data(), stride(here.out_features)});
      break;
    }
    case LayerKind::average_pool:
      kernels::average_pool_forward(device_, static_cast<int>(here.out_features),
                                    static_cast<int>(here.in_features / here.out_features), now_, in, out);
      break;
    case LayerKind::relu:
      kernels::relu_forward(device_, here.out_features, now_, in, out);
      break;
    case LayerKind::residual:
      kernels::residual_forward(device_, here.out_features, now_, output_or_x(here.skip), in, weights, out);
      break;
    case LayerKind::timed:
      break;  // refused by the constructor
  }
}

void ReplicaNetwork::loss(const std::uint8_t* labels, float* loss, std::int32_t* correct) {
  const int last = static_cast<int>(places_.size()) - 1;
  kernels::softmax_cross_entropy(device_, static_cast<int>(layer(last).out_features), now_, logits(), labels,
                                 output_gradient(last), loss, correct);
}

void ReplicaNetwork::backward(int index, Strided<const float> weights, Strided<float> gradients) {
  allocate_gradients();
  const Layer& here = layer(index);
  const Place& own = place(index);
  const Strided<const float> dy = read(output_gradient(index));
  const Strided<const float> w = from(weights, own.first_parameter);
  const Strided<float> dw = from(gradients, own.first_parameter);
  if (own.adds_skip_gradient) add_to(output_gradient(here.skip), dy, here.out_features);
  const bool direct = here.input >= 0 && !own.adds_input_gradient;
  const Strided<float> dx =
      direct ? output_gradient(here.input) : Strided<float>{gradients_.back().data(), stride(here.in_features)};
  backward_parameters(index, dy, dw);
  if (here.kind == LayerKind::residual) {
    kernels::residual_backward(device_, here.out_features, now_, output_or_x(here.input), dy, w, dx, dw);
  } else if (here.input >= 0) {
    backward_input(index, w, dy, dx);
  }
  if (own.adds_input_gradient) add_to(output_gradient(here.input), read(dx), here.in_features);
}

void ReplicaNetwork::backward_parameters(int index, Strided<const float> dy, Strided<float> gradients) {
  const Layer& here = layer(index);
  const Strided<const float> in = output_or_x(here.input);
  if (here.kind == LayerKind::dense) {
    kernels::dense_backward_weights(device_, std::get<kernels::DenseShape>(here.shape), now_, in, dy, gradients,
                                    from(gradients, bias_offset(here)));
  } else if (here.kind == LayerKind::conv) {
    kernels::conv_backward_weights(device_, std::get<kernels::ConvShape>(here.shape), now_, in, dy, gradients,
                                   from(gradients, bias_offset(here)));
  }
}

void ReplicaNetwork::backward_input(int index, Strided<const float> weights, Strided<const float> dy, Strided<float> dx) {
  const Layer& here = layer(index);
  switch (here.kind) {
    case LayerKind::dense:
      kernels::dense_backward_input(device_, std::get<kernels::DenseShape>(here.shape), now_, dy, weights, dx);
      break;
    case LayerKind::conv:
      kernels::conv_backward_input(device_, std::get<kernels::ConvShape>(here.shape), now_, dy, weights, dx);
      break;
    case LayerKind::max_pool: {
      const kernels::Buffer<std::uint8_t>& winner = winners_[static_cast<std::size_t>(index)];
      kernels::max_pool_backward(device_, std::get<kernels::PoolShape>(here.shape), now_, dy,
                                 {winner.data(), stride(here.out_features)}, dx);
      break;
    }
    case LayerKind::average_pool:
      kernels::average_pool_backward(device_, static_cast<int>(here.out_features),
                                     static_cast<int>(here.in_features / here.out_features), now_, dy, dx);
      break;
    case LayerKind::relu:
      kernels::relu_backward(device_, here.out_features, now_, read(output(index)), dy, dx);
      break;
    case LayerKind::timed:     // refused by the constructor
    case LayerKind::residual:  // its two gradients come from one kernel; see backward
      break;
  }
}

void ReplicaNetwork::add_to(Strided<float> sum, Strided<const float> term, std::int64_t features) {
  kernels::add(device_, now_.count, features * now_.batch, read(sum), term, sum);
}

Strided<const float> ReplicaNetwork::logits() const {
  const auto& buffer = activations_[static_cast<std::size_t>(places_.back().activation)];
  return {buffer.data(), stride(dnn_.layers.back().out_features)};
}

std::int64_t ReplicaNetwork::stride(std::int64_t features) const { return (features * max_.batch + kLane - 1) / kLane * kLane; }

Strided<float> ReplicaNetwork::output(int index) {
  return {activations_[static_cast<std::size_t>(place(index).activation)].data(), stride(layer(index).out_features)};
}

Strided<const float> ReplicaNetwork::output_or_x(int index) { return index < 0 ? x_ : read(output(index)); }

Strided<float> ReplicaNetwork::output_gradient(int index) {
  return {gradients_[static_cast<std::size_t>(place(index).gradient)].data(), stride(layer(index).out_features)};
}

}  // namespace syncline::models
