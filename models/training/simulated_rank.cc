#include "models/training/simulated_rank.h"

#include <algorithm>
#include <memory>

namespace syncline::models {

SimulatedRank::SimulatedRank(sim::Simulator& simulator, const Dnn& dnn, SimulatedWorker worker, const WorkerTimes& times,
                             network::Communicator& communicator, int world_size, const Algorithms& algorithms,
                             sim::TraceSink* sink)
    : Rank(simulator, dnn, world_size, 0),  // nothing is drawn where there are no numbers
      simulator_(simulator),
      worker_(worker),
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

// Nothing else of a step runs yet, so one wait will do for all layers.
sim::Task<> SimulatedRank::forward() {
  sim::Event* last = nullptr;
  for (std::size_t i = 0; i < dnn().layers.size(); ++i) {
    if (sim::Event* const end = occupy("forward", dnn().layers[i].name, times_.forward(static_cast<int>(i), batch_))) last = end;
  }
  if (last != nullptr) {
    sim::Event& end = *last;
    co_await end;
  }
  if (compute_free_at_ > simulator_.now()) co_await sim::delay(simulator_, compute_free_at_ - simulator_.now());
}

sim::Task<> SimulatedRank::backward(const Bucket& bucket) {
  for (int i = bucket.first_layer; i >= bucket.last_layer; --i) {
    co_await charge("backward", dnn().layers[static_cast<std::size_t>(i)].name, backward_time(i));
  }
}

sim::Task<> SimulatedRank::forward_layer(int layer) {
  return charge("forward", dnn().layers[static_cast<std::size_t>(layer)].name, times_.forward(layer, batch_));
}

sim::Task<> SimulatedRank::update_layer(int layer) { return charge("update", "update", times_.update(layer)); }

sim::Task<std::int64_t> SimulatedRank::least_of_all(std::int64_t value) {
  return communicator_.agreement().least(worker_.index, value);
}

sim::Task<> SimulatedRank::next_tick(Time every) {
  const std::int64_t rest = simulator_.now().count() % every.count();
  if (rest != 0) co_await sim::delay(simulator_, Time::picoseconds(every.count() - rest));
}

Time SimulatedRank::all_reduce_time(Bytes bytes) const { return communicator_.alone(reduce_call(bytes)); }

sim::Task<> SimulatedRank::update(double) { return charge("update", "update", times_.update()); }
sim::Task<> SimulatedRank::local_update(double) { return charge("update", "update", times_.update()); }

sim::Task<> SimulatedRank::charge_compression(std::string_view name, kernels::KernelCost cost) {
  return charge("compression", name, times_.kernel(name, cost));
}

sim::Task<> SimulatedRank::all_reduce(std::string_view name, kernels::Strided<const float>, float*, std::int64_t elements) {
  return collective(name, reduce_call(Bytes(4 * elements)), Begins::in_turn);
}

sim::Task<> SimulatedRank::push_pull(std::string_view name, kernels::Strided<const float>, float*, std::int64_t elements) {
  return collective(name, {algorithms_.push_pull, Bytes(4 * elements)}, Begins::at_once);
}

sim::Task<> SimulatedRank::all_reduce_16(std::string_view name, kernels::Strided<const float>, float*, std::int64_t elements) {
  return collective(name, reduce_call(Bytes(2 * elements)), Begins::in_turn);
}

sim::Task<> SimulatedRank::push_pull_16(std::string_view name, kernels::Strided<const float>, float*, std::int64_t elements) {
  return collective(name, {algorithms_.push_pull, Bytes(2 * elements)}, Begins::at_once);
}

sim::Task<> SimulatedRank::all_gather(std::string_view name, GatherMessage message) {
  return collective(name, {algorithms_.all_gather, message.bytes()}, Begins::in_turn);
}

sim::Task<> SimulatedRank::average_weights() {
  return collective("all-reduce weights", reduce_call(Bytes(4 * parameter_count())), Begins::in_turn);
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

sim::Task<> SimulatedRank::collective(std::string_view name, network::CollectiveCall call, Begins begins) {
  const std::size_t number = calls_.size(), turn = stream_ended_.size();
  calls_.push_back({call, simulator_.now()});
  if (begins == Begins::in_turn) {
    stream_ended_.push_back(std::make_unique<sim::Event>(simulator_));
    if (turn > 0) {
      sim::Event& before = *stream_ended_[turn - 1];
      co_await before;
    }
  }
  if (stream_) stream_->communication_begins();
  const network::CollectiveTiming timing = co_await communicator_.run(worker_.index, call);
  if (stream_) stream_->communication_ends();
  for (const network::Interval& busy : timing.busy) {
    if (begins == Begins::in_turn) {
      record(busy);
    } else {  // calls that overlap: break_down() can join what does not repeat
      network::for_each_time(busy, [this](const network::Interval& once) { record(once); });
    }
  }
  calls_[number].finished = timing.finished;
  show("communication", name, timing.started, timing.finished, call.bytes);
  if (begins == Begins::in_turn) stream_ended_[turn]->trigger();
}

void SimulatedRank::record(const network::Interval& moved) {
  activities_.push_back({moved.begin, moved.end, "communication", moved.times, moved.every});
}

void SimulatedRank::record(std::string_view category, std::string_view name, Time begin, Time end, Time work) {
  const Time slowed = end - begin - work;
  Activity* const last = last_work_ > 0 ? &activities_[last_work_ - 1] : nullptr;
  if (last != nullptr && last->end == begin && last->category == category) {  // a step's forward is one activity, not one a layer
    last->end = end;
    last->slowed += slowed;
  } else {
    activities_.push_back({begin, end, category, 1, Time::zero(), slowed});
    last_work_ = activities_.size();
  }
  show(category, name, begin, end, Bytes(0));
}

void SimulatedRank::show(std::string_view category, std::string_view name, Time begin, Time end, Bytes bytes) {
  if (sink_ != nullptr) sink_->span({worker_.index, std::string(name), std::string(category), begin, end, bytes});
}

}  // namespace syncline::models
