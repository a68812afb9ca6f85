#include "models/training/replica_rank.h"

#include "kernels/average/average.h"
#include "kernels/sgd/sgd.h"
#include "models/training/method_rows.h"

namespace syncline::models {

// PerRank asks its rank for device and size, so those are set before it is made: the order of the members.
ReplicaRank::ReplicaRank(sim::Simulator& simulator, const kernels::Device& device, const Dnn& dnn, Learner& learner, int workers,
                         int batch, const Optimizer& optimizer, bool local_weights, std::function<bool(std::int64_t)> before_step,
                         std::uint64_t seed)
    : Rank(simulator, dnn, workers, seed),
      device_(device),
      learner_(learner),
      workers_(workers),
      base_batch_(batch),
      batch_(batch),
      optimizer_(optimizer),
      weight_copies_(local_weights ? workers : 1),
      before_step_(std::move(before_step)),
      weights_(device, static_cast<std::size_t>(weight_copies_ * dnn.parameter_count())),
      velocity_(device, optimizer.momentum == 0 ? 0 : static_cast<std::size_t>(weight_copies_ * dnn.parameter_count())),
      gradients_(*this, dnn.parameter_count()),
      mean_gradient_(device, static_cast<std::size_t>(dnn.parameter_count())) {
  mean_gradient_.upload(learner.initial_weights());
  kernels::broadcast_copy(device_, weight_copies_, parameter_count(), mean_gradient_.data(),
                          {weights_.data(), parameter_count()});
}

bool ReplicaRank::next_step() { return before_step_(++step_); }

sim::Task<> ReplicaRank::forward() {
  learner_.forward(batch_, read(weights()));
  co_return;
}

sim::Task<> ReplicaRank::backward(const Bucket& bucket) {
  for (int layer = bucket.first_layer; layer >= bucket.last_layer; --layer) {
    learner_.backward(layer, read(weights()), gradients_.from(0));
  }
  co_return;
}

sim::Task<> ReplicaRank::update(double rate) {
  SYNCLINE_CHECK(weight_copies_ == 1, "a common step of weights that the workers do not share");
  take_optimizer_step({mean_gradient_.data(), 0}, rate);
  co_return;
}

sim::Task<> ReplicaRank::local_update(double rate) {
  SYNCLINE_CHECK(weight_copies_ == workers_, "a local step of weights that the workers share");
  take_optimizer_step(gradients_.read(), rate);
  co_return;
}

sim::Task<> ReplicaRank::all_reduce(std::string_view, kernels::Strided<const float> local, float* mean, std::int64_t elements) {
  payload_.all_reduce_bytes += 4 * elements;
  kernels::average(device_, workers_, elements, local, mean);
  co_return;
}

// Sums are in float: where a ring adds halves, it rounds at every hop.
sim::Task<> ReplicaRank::all_reduce_16(std::string_view, kernels::Strided<const float> local, float* mean,
                                       std::int64_t elements) {
  payload_.all_reduce_bytes += 2 * elements;
  kernels::average(device_, workers_, elements, local, mean);
  co_return;
}

sim::Task<> ReplicaRank::all_gather(std::string_view, GatherMessage message) {
  payload_.all_gather_bytes += message.bytes().count();  // every rank's part already lies where all can read it
  co_return;
}

sim::Task<> ReplicaRank::average_weights() {
  payload_.all_reduce_bytes += 4 * parameter_count();
  kernels::broadcast_copy(device_, workers_, parameter_count(), mean_weights(), weights());
  co_return;
}

const float* ReplicaRank::mean_weights() {
  if (weight_copies_ == 1) return weights_.data();
  kernels::average(device_, workers_, parameter_count(), read(weights()), mean_gradient_.data());
  return mean_gradient_.data();
}

void ReplicaRank::take_optimizer_step(kernels::Strided<const float> gradient, double rate) {
  const kernels::SgdParameters parameters{static_cast<float>(optimizer_.learning_rate.at(step_) * rate),
                                          static_cast<float>(optimizer_.momentum), static_cast<float>(optimizer_.weight_decay)};
  const kernels::Strided<float> velocity =
      velocity_.size() == 0 ? kernels::Strided<float>{nullptr, 0} : kernels::Strided<float>{velocity_.data(), parameter_count()};
  kernels::sgd_update(device_, weight_copies_, parameter_count(), parameters, gradient, velocity,
                      {weights_.data(), parameter_count()});
}

}  // namespace syncline::models
