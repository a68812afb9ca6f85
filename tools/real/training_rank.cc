#include "tools/real/training_rank.h"

#include <algorithm>
#include <cstring>

#include "kernels/sgd/sgd.h"
#include "models/training/method_rows.h"

namespace syncline::tools {

using models::Bucket;
using models::Gathered;

TrainingRank::TrainingRank(Stage& stage, RealCollectives& collectives, const models::Dnn& dnn, const kernels::Device& device,
                           models::Learner& learner, const TrainingWorker& worker, sim::TraceSink& sink)
    : RealRank(stage, collectives, dnn, worker.steps, worker.seed, sink),
      device_(device),
      learner_(learner),
      worker_(worker),
      batch_(worker.batch),
      collectives_rank_(collectives.rank()),
      weights_(device, static_cast<std::size_t>(dnn.parameter_count())),
      velocity_(device, worker.optimizer.momentum == 0 ? 0 : static_cast<std::size_t>(dnn.parameter_count())),
      gradient_(device, static_cast<std::size_t>(dnn.parameter_count())),
      mean_(device, static_cast<std::size_t>(dnn.parameter_count())) {
  weights_.upload(learner.initial_weights());
}

bool TrainingRank::next_step() {
  if (step() >= 0) losses_.push_back(loss_);
  return RealRank::next_step();
}

template <class Work>
sim::Task<> TrainingRank::compute(std::string_view category, std::string_view name, const Work& work) {
  const Time begin = stage().clock().now();
  work();
  const Time end = stage().clock().now();
  record(category, name, begin, end);
  sim::Task<> others = stage().until(end);
  co_await others;
}

sim::Task<> TrainingRank::forward() {
  const auto work = [this] {
    learner_.forward(batch_, {weights_.data(), 0});
    loss_ = learner_.take_losses().back();
  };
  sim::Task<> task = compute("forward", "forward", work);
  co_await task;
}

sim::Task<> TrainingRank::backward(const Bucket& bucket) {
  for (int layer = bucket.first_layer; layer >= bucket.last_layer; --layer) {
    const auto work = [this, layer] { learner_.backward(layer, {weights_.data(), 0}, {gradient_.data(), 0}); };
    sim::Task<> task = compute("backward", dnn().layers[static_cast<std::size_t>(layer)].name, work);
    co_await task;
  }
}

sim::Task<> TrainingRank::update(double rate) { return take_step(mean_.data(), rate); }
sim::Task<> TrainingRank::local_update(double rate) { return take_step(gradient_.data(), rate); }

sim::Task<> TrainingRank::take_step(const float* gradient, double rate) {
  const models::Optimizer& optimizer = worker_.optimizer;
  const kernels::SgdParameters parameters{static_cast<float>(optimizer.learning_rate.at(step()) * rate),
                                          static_cast<float>(optimizer.momentum), static_cast<float>(optimizer.weight_decay)};
  const auto work = [&] {
    kernels::sgd_update(device_, 1, parameter_count(), parameters, {gradient, 0},
                        {velocity_.size() == 0 ? nullptr : velocity_.data(), 0}, {weights_.data(), 0});
  };
  sim::Task<> task = compute("update", "update", work);
  co_await task;
}

sim::Task<> TrainingRank::charge_compression(std::string_view name, kernels::KernelCost) {
  const Time end = stage().clock().now();
  record("compression", name, compression_begin_, end);
  sim::Task<> others = stage().until(end);
  co_await others;
}

void TrainingRank::sum_to_mean(const float* in, float* out, std::int64_t elements) {
  collectives().all_reduce(in, out, elements);
  const float share = 1.0F / static_cast<float>(world_size());  // as kernels/average has it
  for (std::int64_t i = 0; i < elements; ++i) out[i] *= share;
}

sim::Task<> TrainingRank::all_reduce(std::string_view name, kernels::Strided<const float> local, float* mean,
                                     std::int64_t elements) {
  std::function<void()> body = [this, in = local.data, mean, elements] { sum_to_mean(in, mean, elements); };
  sim::Task<> task = communicate(name, Bytes(4 * elements), std::move(body));
  co_await task;
}

sim::Task<> TrainingRank::average_weights() {
  std::function<void()> body = [this] { sum_to_mean(weights_.data(), mean_.data(), parameter_count()); };
  sim::Task<> task = communicate("all-reduce weights", Bytes(4 * parameter_count()), std::move(body));
  co_await task;
  std::copy_n(mean_.data(), parameter_count(), weights_.data());
}

sim::Task<> TrainingRank::all_gather(std::string_view name, models::GatherMessage message) {
  std::function<void()> body = [this, message] {
    const std::int64_t bytes = message.bytes().count();
    std::vector<std::byte> mine(static_cast<std::size_t>(bytes)), all(static_cast<std::size_t>(bytes * world_size()));
    std::int64_t begin = 0;
    for (const Gathered& part : {message.first, message.second}) {
      if (part.bytes.count() > 0) std::memcpy(mine.data() + begin, part.mine, static_cast<std::size_t>(part.bytes.count()));
      begin += part.bytes.count();
    }
    collectives().all_gather(mine.data(), all.data(), bytes);
    for (int rank = 0; rank < world_size(); ++rank) {
      begin = rank * bytes;
      for (const Gathered& part : {message.first, message.second}) {
        const auto size = static_cast<std::size_t>(part.bytes.count());
        if (size > 0)
          std::memcpy(static_cast<std::byte*>(part.all) + static_cast<std::size_t>(rank) * size, all.data() + begin, size);
        begin += part.bytes.count();
      }
    }
  };
  sim::Task<> task = communicate(name, message.bytes(), std::move(body));
  co_await task;
}

}  // namespace syncline::tools
