#include "models/training/simulated_rank.h"

#include <algorithm>
#include <memory>

#include "kernels/sgd/sgd.h"

namespace syncline::models {
namespace {

kernels::KernelCost forward_work(const Layer& layer, int batch) {
  return {layer.forward_flops * batch, layer.forward_bytes * batch + layer.forward_weight_bytes(), layer.forward_launches};
}

kernels::KernelCost backward_work(const Layer& layer, int batch) {
  return {layer.backward_flops * batch, layer.backward_bytes * batch + layer.backward_weight_bytes(), layer.backward_launches};
}

}  // namespace

SimulatedRank::SimulatedRank(sim::Simulator& simulator, const Dnn& dnn, SimulatedWorker worker, const DeviceProfile& device,
                             network::Communicator& communicator, int world_size, const Algorithms& algorithms,
                             sim::TraceSink* sink)
    : Rank(simulator, dnn, world_size, 0),  // nothing is drawn where there are no numbers
      simulator_(simulator),
      worker_(worker),
      device_(device),
      communicator_(communicator),
      algorithms_(algorithms),
      sink_(sink),
      batch_(worker.batch),
      step_(worker.first_step - 1) {}

bool SimulatedRank::next_step() {
  step_begins_.push_back(simulator_.now());
  ++step_;
  return step_ < worker_.first_step + worker_.steps;
}

// Nothing else of a step runs yet, so one wait will do for all layers.
sim::Task<> SimulatedRank::forward() {
  for (const Layer& layer : dnn().layers) occupy("forward", layer.name, forward_work(layer, batch_));
  if (compute_free_at_ > simulator_.now()) co_await sim::delay(simulator_, compute_free_at_ - simulator_.now());
}

sim::Task<> SimulatedRank::backward(const Bucket& bucket) {
  for (int i = bucket.first_layer; i >= bucket.last_layer; --i) {
    const Layer& layer = dnn().layers[static_cast<std::size_t>(i)];
    co_await charge("backward", layer.name, backward_work(layer, batch_));
  }
}

sim::Task<> SimulatedRank::forward_layer(int layer) {
  const Layer& what = dnn().layers[static_cast<std::size_t>(layer)];
  return charge("forward", what.name, forward_work(what, batch_));
}

sim::Task<> SimulatedRank::update_layer(int layer) {
  std::int64_t elements = 0;
  for (const Parameter& parameter : dnn().layers[static_cast<std::size_t>(layer)].parameters) elements += parameter.elements();
  return charge("update", "update", elements > 0 ? kernels::sgd_update_cost(elements) : kernels::KernelCost{});
}

sim::Task<std::int64_t> SimulatedRank::least_of_all(std::int64_t value) {
  return communicator_.agreement().least(worker_.index, value);
}

sim::Task<> SimulatedRank::next_tick(Time every) {
  const std::int64_t rest = simulator_.now().count() % every.count();
  if (rest != 0) co_await sim::delay(simulator_, Time::picoseconds(every.count() - rest));
}

Time SimulatedRank::backward_time(int layer) const {
  return duration(device_, backward_work(dnn().layers[static_cast<std::size_t>(layer)], batch_), worker_.speed);
}

Time SimulatedRank::all_reduce_time(Bytes bytes) const { return communicator_.closed_form({algorithms_.all_reduce, bytes}); }

sim::Task<> SimulatedRank::update(double) { return charge("update", "update", kernels::sgd_update_cost(parameter_count())); }
sim::Task<> SimulatedRank::local_update(double) {
  return charge("update", "update", kernels::sgd_update_cost(parameter_count()));
}

sim::Task<> SimulatedRank::charge_compression(std::string_view name, kernels::KernelCost cost) {
  return charge("compression", name, cost);
}

sim::Task<> SimulatedRank::all_reduce(std::string_view name, kernels::Strided<const float>, float*, std::int64_t elements) {
  return collective(name, algorithms_.all_reduce, Bytes(4 * elements), stream_calls_);
}

sim::Task<> SimulatedRank::push_pull(std::string_view name, kernels::Strided<const float>, float*, std::int64_t elements) {
  return collective(name, algorithms_.push_pull, Bytes(4 * elements), server_calls_);
}

sim::Task<> SimulatedRank::all_reduce_16(std::string_view name, kernels::Strided<const float>, float*, std::int64_t elements) {
  return collective(name, algorithms_.all_reduce, Bytes(2 * elements), stream_calls_);
}

sim::Task<> SimulatedRank::push_pull_16(std::string_view name, kernels::Strided<const float>, float*, std::int64_t elements) {
  return collective(name, algorithms_.push_pull, Bytes(2 * elements), server_calls_);
}

sim::Task<> SimulatedRank::all_gather(std::string_view name, Bytes bytes) {
  return collective(name, algorithms_.all_gather, bytes, stream_calls_);
}

sim::Task<> SimulatedRank::average_weights() {
  return collective("all-reduce weights", algorithms_.all_reduce, Bytes(4 * parameter_count()), stream_calls_);
}

sim::Task<> SimulatedRank::charge(std::string_view category, std::string_view name, kernels::KernelCost work) {
  occupy(category, name, work);
  if (compute_free_at_ > simulator_.now()) co_await sim::delay(simulator_, compute_free_at_ - simulator_.now());
}

// The stream is first in, first out, so when it is free again is all there is to know of it.
void SimulatedRank::occupy(std::string_view category, std::string_view name, kernels::KernelCost work) {
  const Time begin = std::max(simulator_.now(), compute_free_at_);
  compute_free_at_ = begin + duration(device_, work, worker_.speed);
  if (compute_free_at_ > begin) record(category, name, begin, compute_free_at_, Bytes(0));
}

sim::Task<> SimulatedRank::collective(std::string_view name, std::string_view algorithm, Bytes bytes, CallQueue& queue) {
  const network::CollectiveCall call{algorithm, bytes};
  const std::size_t number = calls_.size(), turn = queue.ended.size();
  calls_.push_back({call, simulator_.now()});
  queue.ended.push_back(std::make_unique<sim::Event>(simulator_));
  sim::Event& ended = *queue.ended.back();
  if (queue.width > 1) queue.began.push_back(std::make_unique<sim::Event>(simulator_));
  if (turn > 0 && queue.width > 1) {  // those before it may end in any order, but begin in theirs
    sim::Event& one_before = *queue.began[turn - 1];
    co_await one_before;
  }
  if (turn >= queue.width) {
    sim::Event& makes_room = *queue.ended[turn - queue.width];
    co_await makes_room;
  }
  if (queue.width > 1) queue.began[turn]->trigger();
  const network::CollectiveTiming timing = co_await communicator_.run(worker_.index, call);
  for (const network::Interval& busy : timing.busy) {
    activities_.push_back({busy.begin, busy.end, "communication", busy.times, busy.every});
  }
  calls_[number].finished = timing.finished;
  show("communication", name, timing.started, timing.finished, bytes);
  ended.trigger();
}

void SimulatedRank::record(std::string_view category, std::string_view name, Time begin, Time end, Bytes bytes) {
  activities_.push_back({begin, end, category});
  show(category, name, begin, end, bytes);
}

void SimulatedRank::show(std::string_view category, std::string_view name, Time begin, Time end, Bytes bytes) {
  if (sink_ != nullptr) sink_->span({worker_.index, std::string(name), std::string(category), begin, end, bytes});
}

}  // namespace syncline::models
