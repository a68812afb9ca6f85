// The same networks, trained from the same weights on the same batches, must give PyTorch's losses.
#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>

#include "kernels/average/average.h"
#include "kernels/sgd/sgd.h"
#include "models/dnn/replica_network.h"
#include "tests/models/data/idx_files.h"
#include "tests/models/pytorch_cases.h"

namespace syncline::models {
namespace {

using kernels::Buffer;
using kernels::Strided;

const std::string kStored = std::string(SYNCLINE_SOURCE_DIR) + "/tests/models/data/pytorch_reference.txt";
const std::string kScript = std::string(SYNCLINE_SOURCE_DIR) + "/tools/dev/pytorch_reference.py";

// float32 on both sides, but sums in other orders. Where nothing is near a kink that leaves 5e-7; now and then it lets another
// pixel win a max-pool or a ReLU, and training amplifies that: initial weights off by 2e-7 move PyTorch's own losses by up to
// 1.1e-5 in these cases.
constexpr double kTolerance = 1e-4;

// S-SGD: one set of weights, stepped with the mean gradient. K-AVG: a set each, stepped with the own gradient, then averaged.
class Training {
 public:
  Training(const kernels::Device& device, const PytorchCase& c)
      : device_(device),
        case_(c),
        dnn_(model(c.model).make({1, 28, 28, 10})),
        copies_(c.method == "k-avg" ? c.workers : 1),
        n_(dnn_.parameter_count()),
        network_(device, dnn_, {c.workers, c.batch}),
        x_(device, static_cast<std::size_t>(c.workers * c.batch * dnn_.features())),
        labels_(device, static_cast<std::size_t>(c.workers * c.batch)),
        weights_(device, static_cast<std::size_t>(copies_ * n_)),
        velocity_(device, static_cast<std::size_t>(copies_ * n_)),
        gradients_(device, static_cast<std::size_t>(c.workers * n_)),
        mean_(device, static_cast<std::size_t>(n_)),
        losses_(device, static_cast<std::size_t>(c.workers)),
        correct_(device, static_cast<std::size_t>(c.workers)) {
    mean_.upload(pytorch_weights(dnn_));
    kernels::broadcast_copy(device_, copies_, n_, mean_.data(), {weights_.data(), n_});
  }

  std::vector<double> losses() {
    std::vector<double> losses;
    for (int step = 0; step < case_.steps; ++step) {
      load_batches(step);
      losses.push_back(pass());
      update();
      if (copies_ > 1 && (step + 1) % case_.local_steps == 0) average_weights();
    }
    return losses;
  }

 private:
  void load_batches(int step) {
    std::vector<float> x(x_.size());
    std::vector<std::uint8_t> labels(labels_.size());
    for (int worker = 0; worker < case_.workers; ++worker) {
      fill_pytorch_batch(case_, step, worker, x.data() + worker * case_.batch * dnn_.features(),
                         labels.data() + worker * case_.batch);
    }
    x_.upload(x);
    labels_.upload(labels);
  }

  // Forward and backward; returns the mean loss.
  double pass() {
    const Strided<const float> weights{weights_.data(), copies_ == 1 ? 0 : n_};
    network_.forward(case_.batch, {x_.data(), case_.batch * dnn_.features()}, weights);
    network_.loss(labels_.data(), losses_.data(), correct_.data());
    for (int layer = static_cast<int>(dnn_.layers.size()) - 1; layer >= 0; --layer) {
      network_.backward(layer, weights, {gradients_.data(), n_});
    }
    const std::vector<float> losses = losses_.download();
    return std::accumulate(losses.begin(), losses.end(), 0.0) / case_.workers;
  }

  void update() {
    Strided<const float> gradient{gradients_.data(), n_};
    if (copies_ == 1) {
      kernels::average(device_, case_.workers, n_, gradient, mean_.data());
      gradient = {mean_.data(), 0};
    }
    const kernels::SgdParameters parameters{static_cast<float>(case_.learning_rate), static_cast<float>(case_.momentum),
                                            static_cast<float>(case_.weight_decay)};
    kernels::sgd_update(device_, copies_, n_, parameters, gradient, {velocity_.data(), n_}, {weights_.data(), n_});
  }

  void average_weights() {
    kernels::average(device_, copies_, n_, {weights_.data(), n_}, mean_.data());
    kernels::broadcast_copy(device_, copies_, n_, mean_.data(), {weights_.data(), n_});
  }

  kernels::Device device_;
  const PytorchCase& case_;
  Dnn dnn_;
  int copies_;
  std::int64_t n_;
  ReplicaNetwork network_;
  Buffer<float> x_;                   // [worker][feature][sample]
  Buffer<std::uint8_t> labels_;       // [worker][sample]
  Buffer<float> weights_, velocity_;  // [copy][parameter]
  Buffer<float> gradients_;           // [worker][parameter]
  Buffer<float> mean_;                // [parameter]
  Buffer<float> losses_;              // [worker]
  Buffer<std::int32_t> correct_;      // [worker]
};

void expect_same_losses(const std::vector<double>& ours, const std::vector<double>& theirs, const std::string& what) {
  ASSERT_EQ(ours.size(), theirs.size()) << what;
  for (std::size_t step = 0; step < ours.size(); ++step) {
    EXPECT_NEAR(ours[step], theirs[step], kTolerance * theirs[step]) << what << ", step " << step;
  }
}

void expect_agreement(const std::vector<PytorchCase>& cases, kernels::Backend backend) {
  const kernels::Device device = kernels::Device::open(backend);
  EXPECT_EQ(cases.size(), 4u);
  for (const PytorchCase& c : cases) expect_same_losses(Training(device, c).losses(), c.losses, c.model + " " + c.method);
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
