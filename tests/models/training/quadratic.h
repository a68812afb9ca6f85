// A learner whose numbers are exact in float: worker r's loss is |w - c_r|^2 / 2 with small whole c_r, its gradient w - c_r.
// With a step size of 1/2 and 4 workers every value stays a multiple of 2^-3t after t steps, so sums have one value whatever
// their order.
#pragma once

#include <utility>
#include <vector>

#include "models/training/learner.h"
#include "models/training/replica_rank.h"

namespace syncline::models {

class QuadraticLearner final : public Learner {
 public:
  QuadraticLearner(const Dnn& dnn, int workers) : places_(tensor_places(dnn)), n_(dnn.parameter_count()), workers_(workers) {}

  std::vector<float> initial_weights() override {
    std::vector<float> w(static_cast<std::size_t>(n_));
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<float>(static_cast<int>(i % 7) - 3);
    return w;
  }
  void forward(int, kernels::Strided<const float>) override { ++forwards_; }
  std::vector<double> take_losses() override { return std::vector<double>(std::exchange(forwards_, 0), 1.0); }
  void backward(int layer, kernels::Strided<const float> w, kernels::Strided<float> gradients) override {
    for (const TensorPlace& place : places_) {
      if (place.layer != layer) continue;
      for (int r = 0; r < workers_; ++r) {
        for (std::int64_t i = place.begin; i < place.begin + place.elements(); ++i) {
          gradients.data[r * gradients.stride + i] = w.data[r * w.stride + i] - centre(r, i);
        }
      }
    }
  }
  Score evaluate(const float*) override { return {1, 0}; }

  static float centre(int worker, std::int64_t i) { return static_cast<float>((worker * 5 + i * 3) % 11 - 5); }

 private:
  std::vector<TensorPlace> places_;
  std::int64_t n_;
  int workers_;
  std::size_t forwards_ = 0;  // whose losses nobody has taken
};

/// The weights after `steps` steps of a method with plain SGD.
inline std::vector<float> weights_after(const Dnn& dnn, Learner& learner, int workers, const Method& method, double learning_rate,
                                        std::int64_t steps, PayloadCount* payload = nullptr) {
  const kernels::Device device = kernels::Device::open(kernels::Backend::reference, 1);
  Optimizer optimizer;
  optimizer.learning_rate.base = learning_rate;
  sim::Simulator simulator;
  ReplicaRank rank(simulator, device, dnn, learner, workers, 4, optimizer, method.local_weights(),
                   [steps](std::int64_t step) { return step < steps; });
  const sim::Process program = sim::spawn(simulator, method.train(rank));
  simulator.run();
  if (!program.done()) throw std::logic_error("the program did not end");
  if (payload != nullptr) *payload = rank.payload();
  const float* weights = rank.mean_weights();
  return {weights, weights + dnn.parameter_count()};
}

/// A method of the table with some of its parameters set.
inline std::unique_ptr<Method> method_with(const std::string& name,
                                           std::initializer_list<std::pair<std::string, ParameterValue>> values = {}) {
  const MethodRow& row = method_row(name);
  Parameters parameters(row.parameters);
  for (const auto& [key, value] : values) parameters.set(key, value);
  return row.make(parameters);
}

}  // namespace syncline::models
