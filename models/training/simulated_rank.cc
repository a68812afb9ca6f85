#include "models/training/simulated_rank.h"

#include <algorithm>
#include <memory>

#include "kernels/sgd/sgd.h"

namespace syncline::models {

SimulatedRank::SimulatedRank(sim::Simulator& simulator, const Dnn& dnn, SimulatedWorker worker, const DeviceProfile& device,
                             network::Communicator& communicator, int world_size, const Algorithms& algorithms,
                             sim::TraceSink* sink, const ComputeTimes* times)
    : Rank(simulator, dnn, world_size, 0),  // nothing is drawn where there are no numbers
      simulator_(simulator),
      worker_(worker),
      device_(device),
      times_(times),
      communicator_(communicator),
      algorithms_(algorithms),
      sink_(sink),
      batch_(worker.batch),
      step_(worker.first_step - 1) {
  if (worker.overlap_slowdown > 1) {
    stream_.emplace(simulator, worker.overlap_slowdown, [this](const ComputeStream::Piece& piece, Time begin, Time end) {
      if (end > begin) record(piece.category, piece.name, begin, end, piece.work);
    });
  }
}

bool SimulatedRank::next_step() {
  step_begins_.push_back(simulator_.now());
  ++step_;
  return step_ < worker_.first_step + worker_.steps;
}

Time SimulatedRank::forward_time(std::size_t layer) const {
  if (times_ != nullptr) return times_->forward_time(layer, batch_, worker_.speed);
  return duration(device_, forward_work(dnn().layers[layer], batch_), worker_.speed);
}

Time SimulatedRank::backward_time(std::size_t layer) const {
  if (times_ != nullptr) return times_->backward_time(layer, batch_, worker_.speed);
  return duration(device_, backward_work(dnn().layers[layer], batch_), worker_.speed);
}

Time SimulatedRank::update_time() const {
  if (times_ != nullptr) return times_->update_time(worker_.speed);
  return duration(device_, kernels::sgd_update_cost(parameter_count()), worker_.speed);
}

// Nothing else of a step runs yet, so one wait will do for all layers.
sim::Task<> SimulatedRank::forward() {
  sim::Event* last = nullptr;
  for (std::size_t i = 0; i < dnn().layers.size(); ++i) {
    if (sim::Event* const end = occupy("forward", dnn().layers[i].name, forward_time(i))) last = end;
  }
  if (last != nullptr) {
    sim::Event& end = *last;
    co_await end;
  }
  if (compute_free_at_ > simulator_.now()) co_await sim::delay(simulator_, compute_free_at_ - simulator_.now());
}

sim::Task<> SimulatedRank::backward(const Bucket& bucket) {
  for (int i = bucket.first_layer; i >= bucket.last_layer; --i) {
    const auto layer = static_cast<std::size_t>(i);
    co_await charge("backward", dnn().layers[layer].name, backward_time(layer));
  }
}

sim::Task<> SimulatedRank::update(double) { return charge("update", "update", update_time()); }
sim::Task<> SimulatedRank::local_update(double) { return charge("update", "update", update_time()); }

sim::Task<> SimulatedRank::charge_compression(std::string_view name, kernels::KernelCost cost) {
  return charge("compression", name, duration(device_, cost, worker_.speed));
}

sim::Task<> SimulatedRank::all_reduce(std::string_view name, kernels::Strided<const float>, float*, std::int64_t elements) {
  return collective(name, {algorithms_.all_reduce, Bytes(4 * elements), algorithms_.roles});
}

sim::Task<> SimulatedRank::all_gather(std::string_view name, Bytes bytes) {
  return collective(name, {algorithms_.all_gather, bytes});
}

sim::Task<> SimulatedRank::average_weights() {
  return collective("all-reduce weights", {algorithms_.all_reduce, Bytes(4 * parameter_count()), algorithms_.roles});
}

sim::Task<> SimulatedRank::charge(std::string_view category, std::string_view name, Time work) {
  if (sim::Event* const event = occupy(category, name, work)) {
    sim::Event& end = *event;
    co_await end;
  }
  if (compute_free_at_ > simulator_.now()) co_await sim::delay(simulator_, compute_free_at_ - simulator_.now());
}

// The stream is first in, first out.
sim::Event* SimulatedRank::occupy(std::string_view category, std::string_view name, Time work) {
  if (stream_) return work > Time::zero() || !stream_->idle() ? &stream_->append({category, std::string(name), work}) : nullptr;
  const Time begin = std::max(simulator_.now(), compute_free_at_);
  compute_free_at_ = begin + work;
  if (compute_free_at_ > begin) record(category, name, begin, compute_free_at_, work);
  return nullptr;
}

sim::Task<> SimulatedRank::collective(std::string_view name, network::CollectiveCall call) {
  calls_.push_back({call, simulator_.now()});
  sim::Event* const previous = collective_ends_.empty() ? nullptr : collective_ends_.back().get();
  collective_ends_.push_back(std::make_unique<sim::Event>(simulator_));
  sim::Event& end_event = *collective_ends_.back();
  if (previous != nullptr) {
    sim::Event& before = *previous;
    co_await before;
  }
  if (stream_) stream_->communication_begins();
  const network::CollectiveTiming timing = co_await communicator_.run(worker_.index, call);
  if (stream_) stream_->communication_ends();
  for (const network::Interval& busy : timing.busy) {
    activities_.push_back({busy.begin, busy.end, "communication", busy.times, busy.every});
  }
  show("communication", name, timing.started, timing.finished, call.bytes);
  end_event.trigger();
}

void SimulatedRank::record(std::string_view category, std::string_view name, Time begin, Time end, Time work) {
  activities_.push_back({begin, end, category, 1, Time::zero(), end - begin - work});
  show(category, name, begin, end, Bytes(0));
}

void SimulatedRank::show(std::string_view category, std::string_view name, Time begin, Time end, Bytes bytes) {
  if (sink_ != nullptr) sink_->span({worker_.index, std::string(name), std::string(category), begin, end, bytes});
}

}  // namespace syncline::models
