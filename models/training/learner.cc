#include "models/training/learner.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>

#include "models/data/sampler.h"
#include "models/dnn/initial_weights.h"
#include "models/dnn/replica_network.h"
#include "sim/error.h"

namespace syncline::models {
namespace {

/// One batch for every worker, on the device.
struct Batches {
  Batches(const kernels::Device& device, std::int64_t features, int workers, int largest)
      : x(device, static_cast<std::size_t>(features * workers * largest)),
        labels(device, static_cast<std::size_t>(workers * largest)),
        host_x(features * workers * largest),
        host_labels(static_cast<std::size_t>(workers * largest)) {}
  kernels::Buffer<float> x;              // [worker][feature][sample]
  kernels::Buffer<std::uint8_t> labels;  // [worker][sample]
  std::vector<float> host_x;
  std::vector<std::uint8_t> host_labels;
};

class DnnLearner final : public Learner {
 public:
  DnnLearner(const kernels::Device& device, const Dnn& dnn, const Dataset& data, Shards shards, int largest_batch,
             std::uint64_t seed, int first_worker)
      : device_(device),
        data_(data),
        workers_(static_cast<int>(shards.size())),
        largest_batch_(largest_batch),
        seed_(seed),
        sampler_(std::move(shards), seed, first_worker),
        network_(device, dnn, {workers_, largest_batch}),
        batches_(device, dnn.features(), workers_, largest_batch),
        losses_(device, static_cast<std::size_t>(workers_)),
        correct_(device, static_cast<std::size_t>(workers_)) {}

  std::vector<float> initial_weights() override {
    sim::RandomStream random(seed_, "initial weights");
    return models::initial_weights(network_.dnn(), random);
  }

  double forward(int batch, kernels::Strided<const float> weights) override {
    SYNCLINE_CHECK(batch <= largest_batch_, "a batch larger than the learner was made for");
    std::vector<std::vector<std::int32_t>> drawn(static_cast<std::size_t>(workers_));
    for (int worker = 0; worker < workers_; ++worker) sampler_.next(worker, batch, drawn[static_cast<std::size_t>(worker)]);
    run(data_.train, drawn, batch, weights);
    const std::vector<float> losses = losses_.download();
    return std::accumulate(losses.begin(), losses.end(), 0.0) / workers_;
  }

  void backward(int layer, kernels::Strided<const float> weights, kernels::Strided<float> gradients) override {
    network_.backward(layer, weights, gradients);
  }

  // The test samples are dealt to the replicas in rounds of equal batches; the last round gives some replicas a sample
  // that is only there to fill their place, and leaves it out of the score.
  Score evaluate(const float* weights) override {
    Score score;
    std::int64_t next = 0;
    while (next < data_.test.count) {
      const std::int64_t left = data_.test.count - next;
      const int batch = static_cast<int>(std::clamp<std::int64_t>(left / workers_, 1, largest_batch_));
      std::vector<std::vector<std::int32_t>> dealt(static_cast<std::size_t>(workers_));
      std::int64_t filled = 0;
      for (std::vector<std::int32_t>& indices : dealt) {
        for (int i = 0; i < batch; ++i) indices.push_back(static_cast<std::int32_t>(std::min(next++, data_.test.count - 1)));
        if (next <= data_.test.count) ++filled;
      }
      run(data_.test, dealt, batch, {weights, 0});
      const std::vector<float> losses = losses_.download();
      const std::vector<std::int32_t> correct = correct_.download();
      for (std::size_t worker = 0; worker < static_cast<std::size_t>(filled); ++worker) {
        score.loss += static_cast<double>(losses[worker]) * batch;
        score.accuracy += correct[worker];
      }
    }
    score.loss /= static_cast<double>(data_.test.count);
    score.accuracy /= static_cast<double>(data_.test.count);
    return score;
  }

 private:
  void run(const Split& split, const std::vector<std::vector<std::int32_t>>& samples, int batch,
           kernels::Strided<const float> weights) {
    const std::int64_t worker_floats = split.features() * batch;
    kernels::parallel_for(device_, workers_, [&](std::int64_t worker) {
      fill_batch(split, samples[static_cast<std::size_t>(worker)], batches_.host_x.data() + worker * worker_floats,
                 batches_.host_labels.data() + worker * batch);
    });
    batches_.x.upload(std::span<const float>(batches_.host_x).first(static_cast<std::size_t>(worker_floats * workers_)));
    batches_.labels.upload(
        std::span<const std::uint8_t>(batches_.host_labels).first(static_cast<std::size_t>(std::int64_t{batch} * workers_)));
    network_.forward(batch, {batches_.x.data(), worker_floats}, weights);
    network_.loss(batches_.labels.data(), losses_.data(), correct_.data());
  }

  kernels::Device device_;
  const Dataset& data_;
  int workers_, largest_batch_;
  std::uint64_t seed_;
  Sampler sampler_;
  ReplicaNetwork network_;
  Batches batches_;
  kernels::Buffer<float> losses_;          // [worker]
  kernels::Buffer<std::int32_t> correct_;  // [worker]
};

}  // namespace

std::unique_ptr<Learner> make_learner(const kernels::Device& device, const Dnn& dnn, const Dataset& data, Shards shards,
                                      int largest_batch, std::uint64_t seed, int first_worker) {
  return std::make_unique<DnnLearner>(device, dnn, data, std::move(shards), largest_batch, seed, first_worker);
}

}  // namespace syncline::models
