// Runs the forward and backward passes of a Dnn for many replicas at once: the work of one layer for all replicas is one
// kernel call. Owns the activations and their gradients; weights, parameter gradients and inputs belong to the caller.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/device.h"
#include "models/dnn/dnn.h"

namespace syncline::models {

class ReplicaNetwork {
 public:
  /// At most `max.count` replicas, each with batches of at most `max.batch` samples. OutOfMemory where they do not fit.
  ReplicaNetwork(const kernels::Device& device, const Dnn& dnn, kernels::Replicas max);

  /// x: [replica][feature][sample] on the device, unchanged until the backward pass is over. weights: flat in registration
  /// order, one set per replica, or stride 0 for one set shared by all.
  void forward(kernels::Replicas now, kernels::Strided<const float> x, kernels::Strided<const float> weights);

  /// Softmax cross-entropy of the logits of the last forward. All three on the device: labels [replica][sample];
  /// loss [replica], the mean over the batch; correct [replica], the number of samples whose largest logit is the label's.
  void loss(const std::uint8_t* labels, float* loss, std::int32_t* correct);

  /// The backward pass of one layer, to be called after loss() for every layer from the last to 0, those without parameters
  /// too, with the weights of the forward pass. Overwrites the layer's own part of the gradients of the mean loss:
  /// [replica][element], flat in registration order.
  void backward(int layer, kernels::Strided<const float> weights, kernels::Strided<float> gradients);

  /// [replica][class][sample] of the last forward.
  kernels::Strided<const float> logits() const;

  const Dnn& dnn() const { return dnn_; }
  kernels::Replicas max() const { return max_; }

 private:
  // Where a layer finds its data. Layers may share a buffer: a ReLU works in place where nobody else reads its input, the
  // gradient that passes a skip connection unchanged is not copied, and a gradient's buffer is free again after its use.
  struct Place {
    int activation = -1;               // index into activations_
    int gradient = -1;                 // index into gradients_, of the gradient of this layer's output
    bool adds_input_gradient = false;  // a later layer has already written the gradient of this layer's input
    bool adds_skip_gradient = false;   // likewise of its skip; otherwise the skip shares this layer's gradient buffer
    std::int64_t first_parameter = 0;  // offset of its first element in the flat weights
  };

  void place_activations();
  void place_gradients();
  void allocate_gradients();
  void forward_layer(int index, kernels::Strided<const float> weights);
  void backward_parameters(int index, kernels::Strided<const float> dy, kernels::Strided<float> gradients);
  void backward_input(int index, kernels::Strided<const float> weights, kernels::Strided<const float> dy,
                      kernels::Strided<float> dx);
  void add_to(kernels::Strided<float> sum, kernels::Strided<const float> term, std::int64_t features);

  const Layer& layer(int index) const { return dnn_.layers[static_cast<std::size_t>(index)]; }
  const Place& place(int index) const { return places_[static_cast<std::size_t>(index)]; }
  std::int64_t stride(std::int64_t features) const;
  kernels::Strided<float> output(int index);
  kernels::Strided<const float> output_or_x(int index);  // -1: x
  kernels::Strided<float> output_gradient(int index);

  kernels::Device device_;
  Dnn dnn_;
  kernels::Replicas max_;
  kernels::Replicas now_{};                             // of the last forward
  kernels::Strided<const float> x_{};                   // of the last forward
  std::vector<Place> places_;                           // [layer]
  std::vector<std::int64_t> gradient_features_;         // [buffer]
  std::vector<kernels::Buffer<float>> activations_;     // [buffer]
  std::vector<kernels::Buffer<std::uint8_t>> winners_;  // [layer]; empty but for max_pool
  // [buffer]: the first holds the gradient of the logits, the last an input gradient on its way to being added to another. All
  // but the first are made by the first backward; evaluation needs none.
  std::vector<kernels::Buffer<float>> gradients_;
};

}  // namespace syncline::models
