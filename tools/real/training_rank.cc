#include "tools/real/training_rank.h"

#include <cstring>
#include <utility>

#include "kernels/average/average.h"
#include "kernels/sgd/sgd.h"
#include "models/training/method_rows.h"

namespace syncline::tools {

using models::Bucket;
using models::Gathered;

TrainingRank::TrainingRank(Stage& stage, RealCollectives& collectives, const models::Dnn& dnn, Expected expected,
                           const kernels::Device& device, models::Learner& learner, const TrainingWorker& worker,
                           sim::TraceSink& sink)
    : RealRank(stage, collectives, dnn, std::move(expected), worker.batch, worker.steps, worker.seed, sink),
      device_(device),
      learner_(learner),
      worker_(worker),
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
  device_.wait();
  const Time end = stage().clock().now();
  record(category, name, begin, end);
  sim::Task<> others = stage().until(end);
  co_await others;
}

sim::Task<> TrainingRank::forward() {
  const auto work = [this] {
    learner_.forward(batch(), {weights_.data(), 0});
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
  device_.wait();
  const Time end = stage().clock().now();
  record("compression", name, compression_begin_, end);
  sim::Task<> others = stage().until(end);
  co_await others;
}

sim::Task<> TrainingRank::average(std::string_view name, Reduction reduction, const float* in, float* out,
                                  std::int64_t elements) {
  std::function<void()> body = [this, reduction, in, out, elements] {
    (collectives().*reduction)(in, out, elements);
    kernels::scale(device_, elements, 1.0F / static_cast<float>(world_size()), out);  // as kernels::average() does
  };
  sim::Task<> task = communicate(name, Bytes(4 * elements), std::move(body));
  co_await task;
}

sim::Task<> TrainingRank::all_reduce(std::string_view name, kernels::Strided<const float> local, float* mean,
                                     std::int64_t elements) {
  return average(name, &RealCollectives::all_reduce, local.data, mean, elements);
}

sim::Task<> TrainingRank::push_pull(std::string_view name, kernels::Strided<const float> local, float* mean,
                                    std::int64_t elements) {
  return average(name, &RealCollectives::push_pull, local.data, mean, elements);
}

sim::Task<> TrainingRank::average_weights() {
  sim::Task<> task =
      average("all-reduce weights", &RealCollectives::all_reduce, weights_.data(), mean_.data(), parameter_count());
  co_await task;
  kernels::broadcast_copy(device_, 1, parameter_count(), mean_.data(), {weights_.data(), 0});
}

sim::Task<> TrainingRank::all_gather(std::string_view name, models::GatherMessage message) {
  std::function<void()> body = [this, message] {
    if (on_gpu()) {
      gather_apart(message);
    } else {
      gather_together(message);
    }
  };
  sim::Task<> task = communicate(name, message.bytes(), std::move(body));
  co_await task;
}

void TrainingRank::gather_apart(const models::GatherMessage& message) {
  for (const Gathered& part : {message.first, message.second}) {
    if (part.bytes.count() > 0) collectives().all_gather(part.mine, part.all, part.bytes.count());
  }
}

void TrainingRank::gather_together(const models::GatherMessage& message) {
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
      if (size > 0) {
        std::memcpy(static_cast<std::byte*>(part.all) + static_cast<std::size_t>(rank) * size, all.data() + begin, size);
      }
      begin += part.bytes.count();
    }
  }
}

}  // namespace syncline::tools
