#include "models/training/learner.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "kernels/embedding/embedding.h"
#include "models/data/sampler.h"
#include "models/dnn/grouped_network.h"
#include "models/dnn/initial_weights.h"
#include "sim/error.h"

namespace syncline::models {
namespace {

constexpr int kMostKept = 64;  // steps whose losses wait on the device until somebody asks

/// A split whose images lie where kernels can read them: as they are or, on a GPU, a copy in its memory.
class ResidentSplit {
 public:
  ResidentSplit(const kernels::Device& device, const Split& split)
      : split_(split), copies_(device.backend() == kernels::Backend::cuda), images_(device, copies_ ? split.images.size() : 0) {
    if (copies_) images_.upload(split.images);
  }
  const Split& split() const { return split_; }
  const float* images() const { return copies_ ? images_.data() : split_.images.data(); }  // [sample][feature]

 private:
  const Split& split_;
  bool copies_;
  kernels::Buffer<float> images_;
};

/// One batch for every worker, on the device.
struct Batches {
  Batches(const kernels::Device& device, std::int64_t features, int workers, int largest)
      : x(device, static_cast<std::size_t>(features * workers * largest)),
        labels(device, static_cast<std::size_t>(workers * largest)),
        indices(device, static_cast<std::size_t>(workers * largest)) {}
  kernels::Buffer<float> x;               // [worker][feature][sample]
  kernels::Buffer<std::uint8_t> labels;   // [worker][sample]
  kernels::Buffer<std::int32_t> indices;  // [worker][sample], of the split
};

/// Nothing that a step does waits for the device: indices go there, losses stay until somebody asks.
class DnnLearner final : public Learner {
 public:
  DnnLearner(const kernels::Device& device, const Dnn& dnn, const Dataset& data, Shards shards, int largest_batch,
             std::uint64_t seed, int first_worker)
      : device_(device),
        train_(device, data.train),
        test_(device, data.test),
        workers_(static_cast<int>(shards.size())),
        largest_batch_(largest_batch),
        seed_(seed),
        sampler_(std::move(shards), seed, first_worker),
        network_(device, dnn, {workers_, largest_batch}),
        batches_(device, dnn.features(), workers_, largest_batch),
        losses_(device, static_cast<std::size_t>(kMostKept * workers_)),
        correct_(device, static_cast<std::size_t>(workers_)) {}

  std::vector<float> initial_weights() override {
    sim::RandomStream random(seed_, "initial weights");
    return models::initial_weights(network_.dnn(), random);
  }

  void forward(int batch, kernels::Strided<const float> weights) override {
    SYNCLINE_CHECK(batch <= largest_batch_, "a batch larger than the learner was made for");
    if (kept_ == kMostKept) read_losses();
    std::vector<std::int32_t> drawn, indices;
    for (int worker = 0; worker < workers_; ++worker) {
      sampler_.next(worker, batch, drawn);
      indices.insert(indices.end(), drawn.begin(), drawn.end());
    }
    run(train_, indices, batch, weights);
    ++kept_;
  }

  std::vector<double> take_losses() override {
    read_losses();
    return std::exchange(means_, {});
  }

  void backward(int layer, kernels::Strided<const float> weights, kernels::Strided<float> gradients) override {
    network_.backward(layer, weights, gradients);
  }

  // The test samples are dealt to the replicas in rounds of equal batches; the last round gives some replicas a sample
  // that is only there to fill their place, and leaves it out of the score.
  Score evaluate(const float* weights) override {
    read_losses();
    Score score;
    const std::int64_t count = test_.split().count;
    std::int64_t next = 0;
    while (next < count) {
      const int batch = static_cast<int>(std::clamp<std::int64_t>((count - next) / workers_, 1, largest_batch_));
      std::vector<std::int32_t> indices;
      std::int64_t filled = 0;
      for (int worker = 0; worker < workers_; ++worker) {
        for (int i = 0; i < batch; ++i) indices.push_back(static_cast<std::int32_t>(std::min(next++, count - 1)));
        if (next <= count) ++filled;
      }
      run(test_, indices, batch, {weights, 0});
      const std::vector<float> losses = losses_.download();
      const std::vector<std::int32_t> correct = correct_.download();
      for (std::size_t worker = 0; worker < static_cast<std::size_t>(filled); ++worker) {
        score.loss += static_cast<double>(losses[worker]) * batch;
        score.accuracy += correct[worker];
      }
    }
    score.loss /= static_cast<double>(count);
    score.accuracy /= static_cast<double>(count);
    return score;
  }

  int workers_at_once() const override { return network_.at_once() < workers_ ? network_.at_once() : 0; }

 private:
  /// Losses go to the first place that is not kept.
  void run(const ResidentSplit& split, const std::vector<std::int32_t>& indices, int batch,
           kernels::Strided<const float> weights) {
    std::vector<std::uint8_t> labels;
    for (const std::int32_t index : indices) labels.push_back(split.split().labels[static_cast<std::size_t>(index)]);
    batches_.labels.upload(labels);
    batches_.indices.upload(indices);
    // Samples are rows of a table that all workers share: a batch is what an embedding of one position looks up.
    const kernels::EmbeddingShape table{static_cast<int>(split.split().count), static_cast<int>(split.split().features()), 1};
    const kernels::Strided<float> x{batches_.x.data(), std::int64_t{table.features} * batch};
    kernels::embedding_forward(device_, table, {workers_, batch}, batches_.indices.data(), {split.images(), 0}, x);
    network_.forward({batch, {x.data, x.stride}, batches_.labels.data()}, weights,
                     losses_.data() + std::int64_t{kept_} * workers_, correct_.data());
  }

  void read_losses() {
    if (kept_ == 0) return;
    const std::vector<float> losses = losses_.download();
    for (auto begin = losses.begin(); kept_ > 0; --kept_, begin += workers_) {
      means_.push_back(std::accumulate(begin, begin + workers_, 0.0) / workers_);
    }
  }

  kernels::Device device_;
  ResidentSplit train_, test_;
  int workers_, largest_batch_;
  std::uint64_t seed_;
  Sampler sampler_;
  GroupedNetwork network_;
  Batches batches_;
  kernels::Buffer<float> losses_;          // [step that is kept][worker]
  kernels::Buffer<std::int32_t> correct_;  // [worker]
  int kept_ = 0;                           // steps
  std::vector<double> means_;              // [step] that were read, and not taken yet
};

}  // namespace

std::unique_ptr<Learner> make_learner(const kernels::Device& device, const Dnn& dnn, const Dataset& data, Shards shards,
                                      int largest_batch, std::uint64_t seed, int first_worker) {
  return std::make_unique<DnnLearner>(device, dnn, data, std::move(shards), largest_batch, seed, first_worker);
}

}  // namespace syncline::models
