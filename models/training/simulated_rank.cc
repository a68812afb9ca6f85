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

sim::Task<> SimulatedRank::update(double) { return charge("update", "update", kernels::sgd_update_cost(parameter_count())); }
sim::Task<> SimulatedRank::local_update(double) {
  return charge("update", "update", kernels::sgd_update_cost(parameter_count()));
}

sim::Task<> SimulatedRank::charge_compression(std::string_view name, kernels::KernelCost cost) {
  return charge("compression", name, cost);
}

sim::Task<> SimulatedRank::all_reduce(std::string_view name, kernels::Strided<const float>, float*, std::int64_t elements) {
  return collective(name, algorithms_.all_reduce, Bytes(4 * elements));
}

sim::Task<> SimulatedRank::all_gather(std::string_view name, GatherMessage message) {
  return collective(name, algorithms_.all_gather, message.bytes());
}

sim::Task<> SimulatedRank::average_weights() {
  return collective("all-reduce weights", algorithms_.all_reduce, Bytes(4 * parameter_count()));
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

sim::Task<> SimulatedRank::collective(std::string_view name, std::string_view algorithm, Bytes bytes) {
  const network::CollectiveCall call{algorithm, bytes};
  calls_.push_back({call, simulator_.now()});
  sim::Event* const previous = collective_ends_.empty() ? nullptr : collective_ends_.back().get();
  collective_ends_.push_back(std::make_unique<sim::Event>(simulator_));
  sim::Event& end_event = *collective_ends_.back();
  if (previous != nullptr) {
    sim::Event& before = *previous;
    co_await before;
  }
  const network::CollectiveTiming timing = co_await communicator_.run(worker_.index, call);
  for (const network::Interval& busy : timing.busy) {
    activities_.push_back({busy.begin, busy.end, "communication", busy.times, busy.every});
  }
  show("communication", name, timing.started, timing.finished, bytes);
  end_event.trigger();
}

void SimulatedRank::record(std::string_view category, std::string_view name, Time begin, Time end, Bytes bytes) {
  activities_.push_back({begin, end, category});
  show(category, name, begin, end, bytes);
}

void SimulatedRank::show(std::string_view category, std::string_view name, Time begin, Time end, Bytes bytes) {
  if (sink_ != nullptr) sink_->span({worker_.index, std::string(name), std::string(category), begin, end, bytes});
}

}  // namespace syncline::models
