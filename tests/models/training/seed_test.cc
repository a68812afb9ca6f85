// What a method draws follows from the seed, and from nothing else.
#include <gtest/gtest.h>

#include "tests/models/training/quadratic.h"

namespace syncline::models {
namespace {

std::vector<float> weights_with_seed(const Method& method, std::uint64_t seed) {
  const Dnn dnn = model("mlp").make({1, 4, 4, 4});
  QuadraticLearner learner(dnn, 4);
  const kernels::Device device = kernels::Device::open(kernels::Backend::reference);
  Optimizer optimizer;
  optimizer.learning_rate.base = 0.1;
  sim::Simulator simulator;
  ReplicaRank rank(
      simulator, device, dnn, learner, 4, 4, optimizer, method.local_weights(), [](std::int64_t step) { return step < 3; }, seed);
  const sim::Process program = sim::spawn(simulator, method.train(rank));
  simulator.run();
  EXPECT_TRUE(program.done());
  const float* weights = rank.mean_weights();
  return {weights, weights + dnn.parameter_count()};
}

TEST(Seed, ReachesWhatMethodsDraw) {
  for (const char* name : {"qsgd", "power-sgd", "acp-sgd"}) {
    const auto method = method_with(name);
    EXPECT_EQ(weights_with_seed(*method, 1), weights_with_seed(*method, 1)) << name;
    EXPECT_NE(weights_with_seed(*method, 1), weights_with_seed(*method, 2)) << name;
  }
}

TEST(Seed, ChangesNothingWhereNothingIsDrawn) {
  for (const char* name : {"s-sgd", "k-avg", "top-k", "sign-sgd"}) {
    const auto method = method_with(name);
    EXPECT_EQ(weights_with_seed(*method, 1), weights_with_seed(*method, 2)) << name;
  }
}

}  // namespace
}  // namespace syncline::models
