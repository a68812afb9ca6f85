// The same networks, trained from the same weights on the same batches, must give PyTorch's losses.
#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>

#include "models/dnn/replica_network.h"
#include "tests/models/data/idx_files.h"
#include "tests/models/pytorch_cases.h"
#include "tests/models/training/quadratic.h"

namespace syncline::models {
namespace {

const std::string kStored = std::string(SYNCLINE_SOURCE_DIR) + "/tests/models/data/pytorch_reference.txt";
const std::string kScript = std::string(SYNCLINE_SOURCE_DIR) + "/tools/dev/pytorch_reference.py";

// float32 on both sides, but sums in other orders. Where nothing is near a kink that leaves 5e-7; now and then it lets another
// pixel win a max-pool or a ReLU, and training amplifies that: initial weights off by 2e-7 move PyTorch's own losses by up to
// 1.1e-5 in these cases.
constexpr double kTolerance = 1e-4;

/// The reference's weights and batches, in place of a data set and random draws.
class PytorchLearner final : public Learner {
 public:
  PytorchLearner(const kernels::Device& device, const Dnn& dnn, const PytorchCase& c)
      : case_(c),
        network_(device, dnn, {c.workers, c.batch}),
        x_(device, static_cast<std::size_t>(c.workers * c.batch * dnn.features())),
        labels_(device, static_cast<std::size_t>(c.workers * c.batch)),
        losses_(device, static_cast<std::size_t>(c.workers)),
        correct_(device, static_cast<std::size_t>(c.workers)) {}

  std::vector<float> initial_weights() override { return pytorch_weights(network_.dnn()); }

  void forward(int batch, kernels::Strided<const float> weights) override {
    const std::int64_t worker_floats = batch * network_.dnn().features();
    std::vector<float> x(x_.size());
    std::vector<std::uint8_t> labels(labels_.size());
    for (int worker = 0; worker < case_.workers; ++worker) {
      fill_pytorch_batch(case_, step_, worker, x.data() + worker * worker_floats, labels.data() + worker * batch);
    }
    x_.upload(x);
    labels_.upload(labels);
    ++step_;
    network_.forward({case_.workers, batch}, {x_.data(), worker_floats}, weights);
    network_.loss(labels_.data(), losses_.data(), correct_.data());
  }

  std::vector<double> take_losses() override {  // of one step: its caller asks after each
    const std::vector<float> losses = losses_.download();
    return {std::accumulate(losses.begin(), losses.end(), 0.0) / case_.workers};
  }

  void backward(int layer, kernels::Strided<const float> weights, kernels::Strided<float> gradients) override {
    network_.backward(layer, weights, gradients);
  }

  Score evaluate(const float*) override { return {}; }

 private:
  const PytorchCase& case_;
  ReplicaNetwork network_;
  int step_ = 0;
  kernels::Buffer<float> x_;               // [worker][feature][sample]
  kernels::Buffer<std::uint8_t> labels_;   // [worker][sample]
  kernels::Buffer<float> losses_;          // [worker]
  kernels::Buffer<std::int32_t> correct_;  // [worker]
};

/// The losses of the method's own training program.
std::vector<double> losses_of(const PytorchCase& c, const kernels::Device& device) {
  const Dnn dnn = model(c.model).make({1, 28, 28, 10});
  const auto method =
      c.method == "k-avg" ? method_with("k-avg", {{"k", static_cast<double>(c.local_steps)}}) : method_with(c.method);
  PytorchLearner learner(device, dnn, c);
  Optimizer optimizer{{}, c.momentum, c.weight_decay};
  optimizer.learning_rate.base = c.learning_rate;
  std::vector<double> losses;
  ReplicaRank* self = nullptr;
  sim::Simulator simulator;
  ReplicaRank rank(simulator, device, dnn, learner, c.workers, c.batch, optimizer, method->local_weights(),
                   [&](std::int64_t step) {
                     if (step > 0) losses.push_back(self->take_losses().back());
                     return step < c.steps;
                   });
  self = &rank;
  const sim::Process program = sim::spawn(simulator, method->train(rank));
  simulator.run();
  EXPECT_TRUE(program.done());
  return losses;
}

void expect_same_losses(const std::vector<double>& ours, const std::vector<double>& theirs, const std::string& what) {
  ASSERT_EQ(ours.size(), theirs.size()) << what;
  for (std::size_t step = 0; step < ours.size(); ++step) {
    EXPECT_NEAR(ours[step], theirs[step], kTolerance * theirs[step]) << what << ", step " << step;
  }
}

void expect_agreement(const std::vector<PytorchCase>& cases, kernels::Backend backend) {
  const kernels::Device device = kernels::Device::open(backend);
  EXPECT_EQ(cases.size(), 4u);
  for (const PytorchCase& c : cases) expect_same_losses(losses_of(c, device), c.losses, c.model + " " + c.method);
}

TEST(PytorchReference, StoredLossesOnTheCpuBackend) { expect_agreement(read_pytorch_cases(kStored), kernels::Backend::cpu); }

TEST(PytorchReferenceSlow, StoredLossesOnTheReferenceBackend) {
  expect_agreement(read_pytorch_cases(kStored), kernels::Backend::reference);
}

TEST(PytorchReferenceSlow, LiveLosses) {
  if (std::system("/usr/bin/python3 -c 'import torch' > /dev/null 2>&1") != 0) GTEST_SKIP() << "PyTorch is not installed";
  const TemporaryFolder folder;
  const std::string output = folder.path() + "/live.txt";
  ASSERT_EQ(std::system(("/usr/bin/python3 '" + kScript + "' --output '" + output + "'").c_str()), 0);
  const std::vector<PytorchCase> live = read_pytorch_cases(output), stored = read_pytorch_cases(kStored);
  ASSERT_EQ(live.size(), stored.size());
  for (std::size_t i = 0; i < live.size(); ++i) expect_same_losses(live[i].losses, stored[i].losses, "live against stored");
  expect_agreement(live, kernels::Backend::cpu);
}

}  // namespace
}  // namespace syncline::models
