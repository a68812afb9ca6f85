#include "tools/real/sleeping_rank.h"

#include <algorithm>

#include "kernels/sgd/sgd.h"

namespace syncline::tools {
namespace {

using kernels::KernelCost;
using models::Layer;

KernelCost forward_work(const Layer& layer, int batch) {
  return {layer.forward_flops * batch, layer.forward_bytes * batch + layer.forward_weight_bytes(), layer.forward_launches};
}

KernelCost backward_work(const Layer& layer, int batch) {
  return {layer.backward_flops * batch, layer.backward_bytes * batch + layer.backward_weight_bytes(), layer.backward_launches};
}

}  // namespace

SleepingRank::SleepingRank(Stage& stage, RealCollectives& collectives, const models::Dnn& dnn, SleepingWorker worker,
                           const models::DeviceProfile& device, sim::TraceSink& sink)
    : RealRank(stage, collectives, dnn, worker.steps, 0, sink),
      worker_(worker),
      device_(device),
      data_(collectives),
      batch_(worker.batch) {
  // No message is longer than this, but an all-gather's, all of them together.
  data_.prepare_all_reduce(dnn.parameter_count());
}

sim::Task<> SleepingRank::forward() {
  for (const Layer& layer : dnn().layers) co_await charge("forward", layer.name, forward_work(layer, batch_));
}

sim::Task<> SleepingRank::backward(const models::Bucket& bucket) {
  for (int i = bucket.first_layer; i >= bucket.last_layer; --i) {
    const Layer& layer = dnn().layers[static_cast<std::size_t>(i)];
    co_await charge("backward", layer.name, backward_work(layer, batch_));
  }
}

sim::Task<> SleepingRank::update(double) { return charge("update", "update", kernels::sgd_update_cost(parameter_count())); }
sim::Task<> SleepingRank::local_update(double) { return charge("update", "update", kernels::sgd_update_cost(parameter_count())); }

sim::Task<> SleepingRank::charge_compression(std::string_view name, KernelCost cost) { return charge("compression", name, cost); }

sim::Task<> SleepingRank::all_reduce(std::string_view name, kernels::Strided<const float>, float*, std::int64_t elements) {
  return reduce(name, elements);
}

sim::Task<> SleepingRank::average_weights() { return reduce("all-reduce weights", parameter_count()); }

sim::Task<> SleepingRank::reduce(std::string_view name, std::int64_t elements) {
  std::function<void()> body = [this, elements, check = checked()] { data_.all_reduce(elements, check); };
  sim::Task<> task = communicate(name, Bytes(4 * elements), std::move(body));
  co_await task;
}

sim::Task<> SleepingRank::all_gather(std::string_view name, models::GatherMessage message) {
  std::function<void()> body = [this, n = message.bytes().count(), check = checked()] { data_.all_gather(n, check); };
  sim::Task<> task = communicate(name, message.bytes(), std::move(body));
  co_await task;
}

sim::Task<> SleepingRank::charge(std::string_view category, std::string_view name, KernelCost work) {
  const Time asked = stage().clock().now();
  const Time begin = std::max(stage().simulator().now(), free_at_);
  free_at_ = begin + models::duration(device_, work, worker_.speed);
  if (free_at_ == begin) co_return;
  sim::Task<> sleep = stage().until(free_at_);
  co_await sleep;
  const Time end = stage().clock().now();
  record(category, name, std::max(asked, last_end_), end);
  last_end_ = end;
}

}  // namespace syncline::tools
