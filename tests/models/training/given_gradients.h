// A learner whose gradients are given: different for every worker, new in every step, whatever the weights. What a training program
// makes of them in each step can be held to an obvious twin of the method.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "models/training/learner.h"
#include "models/training/replica_rank.h"
#include "tests/models/training/quadratic.h"

namespace syncline::models {

using Gradients = std::vector<std::vector<std::vector<float>>>;  // [step][worker][parameter]
using MeanGradients = std::vector<std::vector<float>>;           // [step][parameter]

/// Whole numbers from -8 to 8, whose sums over workers and steps are exact in float.
inline Gradients whole_gradients(std::uint64_t seed, std::size_t steps, std::size_t workers, std::int64_t parameters) {
  std::mt19937_64 random(seed);
  Gradients all(steps, std::vector<std::vector<float>>(workers, std::vector<float>(static_cast<std::size_t>(parameters))));
  for (auto& step : all) {
    for (auto& worker : step) {
      for (float& x : worker) x = static_cast<float>(random() % 17) - 8;
    }
  }
  return all;
}

/// Layers of one tensor each.
inline Dnn dnn_of_tensors(const std::vector<std::vector<std::int64_t>>& shapes) {
  Dnn dnn;
  for (const auto& shape : shapes) {
    Layer layer;
    layer.parameters.push_back({"tensor", shape});
    dnn.layers.push_back(layer);
  }
  return dnn;
}

class GivenLearner final : public Learner {
 public:
  GivenLearner(const Dnn& dnn, const Gradients& gradients) : places_(tensor_places(dnn)), gradients_(gradients) {}

  std::vector<float> initial_weights() override { return std::vector<float>(gradients_[0][0].size()); }
  void forward(int, kernels::Strided<const float>) override { ++step_; }
  std::vector<double> take_losses() override { return {}; }
  void backward(int layer, kernels::Strided<const float>, kernels::Strided<float> to) override {
    const auto& workers = gradients_[static_cast<std::size_t>(step_)];
    for (const TensorPlace& place : places_) {
      if (place.layer != layer) continue;
      for (std::size_t r = 0; r < workers.size(); ++r) {
        std::copy_n(workers[r].data() + place.begin, place.elements(), to.of(static_cast<std::int64_t>(r)) + place.begin);
      }
    }
  }
  Score evaluate(const float*) override { return {1, 0}; }

 private:
  std::vector<TensorPlace> places_;
  const Gradients& gradients_;
  std::int64_t step_ = -1;
};

/// What the method's own program takes for the mean of the given gradients, in each step.
inline MeanGradients mean_gradients(const Dnn& dnn, const Method& method, const Gradients& gradients) {
  const kernels::Device device = kernels::Device::open(kernels::Backend::reference, 1);
  GivenLearner learner(dnn, gradients);
  MeanGradients means;
  ReplicaRank* self = nullptr;
  const auto before_step = [&](std::int64_t step) {
    const float* mean = self->mean_gradient(Bucket{});  // from the first parameter on
    if (step > 0) means.emplace_back(mean, mean + dnn.parameter_count());
    return step < static_cast<std::int64_t>(gradients.size());
  };
  sim::Simulator simulator;
  ReplicaRank rank(simulator, device, dnn, learner, static_cast<int>(gradients[0].size()), 1, {}, method.local_weights(),
                   before_step);
  self = &rank;
  const sim::Process program = sim::spawn(simulator, method.train(rank));
  simulator.run();
  if (!program.done()) throw std::logic_error("the program did not end");
  return means;
}

}  // namespace syncline::models
