#include "tools/real/sleeping_rank.h"

#include <algorithm>
#include <utility>

namespace syncline::tools {

SleepingRank::SleepingRank(Stage& stage, RealCollectives& collectives, const models::Dnn& dnn, Expected expected,
                           const SleepingWorker& worker, sim::TraceSink& sink)
    : RealRank(stage, collectives, dnn, std::move(expected), worker.batch, worker.steps, 0, sink),
      worker_(worker),
      data_(collectives) {
  // No message is longer than this, but an all-gather's, all of them together.
  data_.prepare_all_reduce(dnn.parameter_count());
}

sim::Task<> SleepingRank::forward() {
  for (int layer = 0; layer < static_cast<int>(dnn().layers.size()); ++layer) co_await forward_layer(layer);
}

sim::Task<> SleepingRank::backward(const models::Bucket& bucket) {
  for (int i = bucket.first_layer; i >= bucket.last_layer; --i) {
    co_await charge("backward", dnn().layers[static_cast<std::size_t>(i)].name, times().backward(i, batch()));
  }
}

sim::Task<> SleepingRank::forward_layer(int layer) {
  return charge("forward", dnn().layers[static_cast<std::size_t>(layer)].name, times().forward(layer, batch()));
}

sim::Task<> SleepingRank::update(double) { return charge("update", "update", times().update()); }
sim::Task<> SleepingRank::local_update(double) { return charge("update", "update", times().update()); }

sim::Task<> SleepingRank::charge_compression(std::string_view name, kernels::KernelCost cost) {
  return charge("compression", name, times().kernel(name, cost));
}

sim::Task<> SleepingRank::all_reduce(std::string_view name, kernels::Strided<const float>, float*, std::int64_t elements) {
  return reduce(name, &ExactData::all_reduce, elements);
}

sim::Task<> SleepingRank::all_reduce_16(std::string_view name, kernels::Strided<const float>, float*, std::int64_t elements) {
  return reduce(name, &ExactData::all_reduce, (elements + 1) / 2);  // as many bytes
}

sim::Task<> SleepingRank::push_pull(std::string_view name, kernels::Strided<const float>, float*, std::int64_t elements) {
  return reduce(name, &ExactData::push_pull, elements);
}

sim::Task<> SleepingRank::push_pull_16(std::string_view name, kernels::Strided<const float>, float*, std::int64_t elements) {
  return reduce(name, &ExactData::push_pull, (elements + 1) / 2);
}

sim::Task<> SleepingRank::average_weights() { return reduce("all-reduce weights", &ExactData::all_reduce, parameter_count()); }

sim::Task<> SleepingRank::reduce(std::string_view name, Reduction reduction, std::int64_t elements) {
  std::function<void()> body = [this, reduction, elements, check = checked()] { (data_.*reduction)(elements, check); };
  sim::Task<> task = communicate(name, Bytes(4 * elements), std::move(body));
  co_await task;
}

sim::Task<> SleepingRank::all_gather(std::string_view name, models::GatherMessage message) {
  std::function<void()> body = [this, n = message.bytes().count(), check = checked()] { data_.all_gather(n, check); };
  sim::Task<> task = communicate(name, message.bytes(), std::move(body));
  co_await task;
}

sim::Task<> SleepingRank::charge(std::string_view category, std::string_view name, Time work) {
  const Time asked = stage().clock().now();
  const Time begin = std::max(stage().simulator().now(), free_at_);
  free_at_ = begin + work;
  if (free_at_ == begin) co_return;
  sim::Task<> sleep = stage().until(free_at_);
  co_await sleep;
  const Time end = stage().clock().now();
  record(category, name, std::max(asked, last_end_), end);
  last_end_ = end;
}

}  // namespace syncline::tools
