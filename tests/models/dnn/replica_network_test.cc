#include "models/dnn/replica_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "models/dnn/dnn_builder.h"
#include "models/dnn/initial_weights.h"
#include "sim/error.h"
#include "sim/random.h"
#include "tests/models/dnn/double_network.h"

namespace syncline::models {
namespace {

using kernels::Buffer;
using kernels::Strided;

constexpr std::uint64_t kSeed = 20;

// Weights at which every layer matters: the initial ones, with 0 (biases, alpha) replaced by something in (-1/2, 1/2).
std::vector<float> lively_weights(const Dnn& dnn, std::uint64_t index) {
  sim::RandomStream random(kSeed, "weights", index);
  std::vector<float> weights = initial_weights(dnn, random);
  for (float& w : weights) w = w == 0 ? static_cast<float>(random.uniform() - 0.5) : w;
  return weights;
}

// What `count` replicas work on.
struct Problem {
  Problem(const Dnn& dnn, int replicas, int samples, int copies_of_weights)
      : count(replicas), batch(samples), copies(copies_of_weights) {
    for (int copy = 0; copy < copies; ++copy) {
      const std::vector<float> w = lively_weights(dnn, static_cast<std::uint64_t>(copy));
      weights.insert(weights.end(), w.begin(), w.end());
    }
    sim::RandomStream random(kSeed, "problem");
    for (std::int64_t i = 0; i < dnn.features() * count * batch; ++i) x.push_back(static_cast<float>(random.normal()));
    for (int i = 0; i < count * batch; ++i) {
      labels.push_back(static_cast<std::uint8_t>(random.below(static_cast<std::uint64_t>(dnn.classes))));
    }
  }
  int count, batch, copies;
  std::vector<float> weights;        // [copy][element]
  std::vector<float> x;              // [replica][feature][sample]
  std::vector<std::uint8_t> labels;  // [replica][sample]
};

struct Result {
  std::vector<float> losses;          // [replica]
  std::vector<std::int32_t> correct;  // [replica]
  std::vector<float> gradients;       // [replica][element]
};

Result run(const kernels::Device& device, ReplicaNetwork& network, const Problem& problem) {
  const Dnn& dnn = network.dnn();
  const std::int64_t n = dnn.parameter_count();
  Buffer<float> x(device, problem.x.size()), weights(device, problem.weights.size());
  Buffer<float> losses(device, static_cast<std::size_t>(problem.count));
  Buffer<float> gradients(device, static_cast<std::size_t>(problem.count * n));
  Buffer<std::uint8_t> labels(device, problem.labels.size());
  Buffer<std::int32_t> correct(device, static_cast<std::size_t>(problem.count));
  x.upload(problem.x);
  weights.upload(problem.weights);
  labels.upload(problem.labels);
  gradients.fill(NAN);  // every element must be written
  const Strided<const float> w{weights.data(), problem.copies == 1 ? 0 : n};
  network.forward({problem.count, problem.batch}, {x.data(), dnn.features() * problem.batch}, w);
  network.loss(labels.data(), losses.data(), correct.data());
  for (int layer = static_cast<int>(dnn.layers.size()) - 1; layer >= 0; --layer)
    network.backward(layer, w, {gradients.data(), n});
  return {losses.download(), correct.download(), gradients.download()};
}

Result run(kernels::Backend backend, const Dnn& dnn, const Problem& problem, int threads = 0) {
  const kernels::Device device = kernels::Device::open(backend, threads);
  ReplicaNetwork network(device, dnn, {problem.count, problem.batch});
  return run(device, network, problem);
}

// The part of `problem` that replica r sees.
Problem alone(const Dnn& dnn, const Problem& problem, int r) {
  Problem one = problem;
  one.count = one.copies = 1;
  const auto part = [](auto& all, std::int64_t begin, std::int64_t n) { all = {all.begin() + begin, all.begin() + begin + n}; };
  const std::int64_t n = dnn.parameter_count(), floats = dnn.features() * problem.batch;
  part(one.weights, problem.copies == 1 ? 0 : r * n, n);
  part(one.x, r * floats, floats);
  part(one.labels, r * problem.batch, problem.batch);
  return one;
}

// Chained and shared skips, a skip that reads what a ReLU in place wrote, an average over pixels of a sum: what may share
// buffers, in one network.
Dnn tangled() {
  DnnBuilder net({.name = "tangled", .title = "", .source = "", .help = ""}, {2, 5, 5, 3});
  const int a = net.conv("a", 3, 3, 1, 1);
  const int b = net.relu("b");
  const int c = net.residual("c", a, net.conv("c1", 3, 1, 1, 0, b));
  const int d = net.residual("d", c, net.conv("d1", 3, 3, 1, 1, c));
  const int e = net.residual("e", d, net.relu("e1", net.conv("e2", 3, 1, 1, 0, b)));
  net.residual("f", e, e);
  net.relu("g");
  const int g = net.relu("g2");
  net.residual("h", g, net.conv("h1", 3, 3, 1, 1, g));
  net.average_pool("pool");
  net.dense("dense", 3);
  return net.take();
}

std::vector<Dnn> networks() {
  return {model("mlp").make({1, 6, 5, 3}), model("lenet").make({2, 12, 13, 4}), model("resnet8").make({2, 6, 7, 3}), tangled()};
}

std::vector<Doubles> samples_of(const Dnn& dnn, const Problem& problem) {  // of replica 0
  std::vector<Doubles> samples(static_cast<std::size_t>(problem.batch));
  for (std::size_t j = 0; j < samples.size(); ++j) {
    for (std::int64_t f = 0; f < dnn.features(); ++f) {
      samples[j].push_back(problem.x[static_cast<std::size_t>(f) * samples.size() + j]);
    }
  }
  return samples;
}

// Losses and gradients against the twin in double. Sums have up to 256 terms, so that one layer's float rounding is at most
// 256 * 2^-24 = 1.5e-5 of the terms' magnitude, typically a sixteenth of it; ten layers on each other, to and fro, stay within
// 1e-4 of the largest derivative in the tensor. The difference quotient adds h^2 = 1e-10 and 1e-16 / h = 1e-11.
void expect_gradients_like_difference_quotients(kernels::Backend backend, const Dnn& dnn) {
  const Problem problem(dnn, 1, 3, 1);
  const Result result = run(backend, dnn, problem);
  const std::vector<Doubles> samples = samples_of(dnn, problem);
  Doubles weights(problem.weights.begin(), problem.weights.end());
  const auto loss = [&] { return double_loss(dnn, weights, samples, problem.labels); };
  EXPECT_NEAR(result.losses[0], loss(), 1e-5 * loss()) << dnn.name;

  sim::RandomStream random(kSeed, "elements");
  std::size_t begin = 0;
  for (const Parameter& parameter : dnn.parameters()) {
    const std::size_t n = static_cast<std::size_t>(parameter.elements());
    double largest = 0;
    for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, std::abs(double{result.gradients[begin + i]}));
    EXPECT_GT(largest, 0) << dnn.name << " " << parameter.name << " has no gradient, so nothing was tested";
    for (int trial = 0; trial < 6; ++trial) {
      const std::size_t i = begin + random.below(n);
      constexpr double kStep = 1e-5;
      const double w = weights[i];
      weights[i] = w + kStep;
      const double above = loss();
      weights[i] = w - kStep;
      const double below = loss();
      weights[i] = w;
      EXPECT_NEAR(result.gradients[i], (above - below) / (2 * kStep), 1e-4 * largest + 1e-9)
          << dnn.name << " " << parameter.name << " element " << i - begin;
    }
    begin += n;
  }
}

TEST(ReplicaNetwork, GradientsAreDifferenceQuotients) {
  for (const Dnn& dnn : networks()) {
    expect_gradients_like_difference_quotients(kernels::Backend::reference, dnn);
    expect_gradients_like_difference_quotients(kernels::Backend::cpu, dnn);
  }
}

TEST(ReplicaNetwork, ReplicasDoNotDependOnEachOther) {
  for (const Dnn& dnn : networks()) {
    for (const int copies : {1, 3}) {
      for (const int batch : {1, 7, 19}) {
        const Problem problem(dnn, 3, batch, copies);
        const Result together = run(kernels::Backend::cpu, dnn, problem);
        const std::size_t n = static_cast<std::size_t>(dnn.parameter_count());
        for (int r = 0; r < 3; ++r) {
          const Result one = run(kernels::Backend::cpu, dnn, alone(dnn, problem, r));
          EXPECT_EQ(together.losses[static_cast<std::size_t>(r)], one.losses[0]);
          EXPECT_EQ(together.correct[static_cast<std::size_t>(r)], one.correct[0]);
          const auto begin = together.gradients.begin() + static_cast<std::ptrdiff_t>(n) * r;
          EXPECT_TRUE(std::equal(one.gradients.begin(), one.gradients.end(), begin)) << dnn.name << " batch " << batch;
        }
      }
    }
  }
}

TEST(ReplicaNetwork, ThreadsDoNotChangeABit) {
  for (const Dnn& dnn : networks()) {
    const Problem problem(dnn, 3, 17, 3);
    EXPECT_EQ(run(kernels::Backend::cpu, dnn, problem, 1).gradients, run(kernels::Backend::cpu, dnn, problem, 3).gradients);
  }
}

TEST(ReplicaNetwork, ASecondPassForgetsTheFirst) {
  const kernels::Device device = kernels::Device::open(kernels::Backend::cpu);
  for (const Dnn& dnn : networks()) {
    ReplicaNetwork network(device, dnn, {2, 9});
    const Problem large(dnn, 2, 9, 2), small(dnn, 2, 4, 1);
    const Result first = run(device, network, large);
    EXPECT_EQ(run(device, network, small).gradients, run(kernels::Backend::cpu, dnn, small).gradients) << dnn.name;
    EXPECT_EQ(run(device, network, large).gradients, first.gradients) << dnn.name;
  }
}

TEST(ReplicaNetwork, CountsCorrectSamples) {
  const Dnn dnn = model("mlp").make({1, 6, 5, 3});
  const Problem problem(dnn, 1, 40, 1);
  const Result result = run(kernels::Backend::cpu, dnn, problem);
  const std::vector<Doubles> samples = samples_of(dnn, problem);
  const Doubles weights(problem.weights.begin(), problem.weights.end());
  int correct = 0;
  for (std::size_t j = 0; j < samples.size(); ++j) {
    const Doubles logits = double_logits(dnn, weights, samples[j]);
    correct += std::ranges::max_element(logits) - logits.begin() == problem.labels[j];
  }
  EXPECT_EQ(result.correct[0], correct);
}

TEST(ReplicaNetwork, RefusesBatchesItWasNotMadeFor) {
  const kernels::Device device = kernels::Device::open(kernels::Backend::cpu);
  const Dnn dnn = model("mlp").make({1, 2, 2, 2});
  ReplicaNetwork network(device, dnn, {1, 4});
  for (const kernels::Replicas now : {kernels::Replicas{1, 5}, kernels::Replicas{1, 0}, kernels::Replicas{2, 4}}) {
    EXPECT_THROW(network.forward(now, {nullptr, 0}, {nullptr, 0}), InternalError);
  }
  EXPECT_THROW(ReplicaNetwork(device, dnn, {0, 4}), InternalError);
}

}  // namespace
}  // namespace syncline::models
