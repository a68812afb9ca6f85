#include "network/flow_network.h"

#include <algorithm>
#include <utility>

#include "sim/error.h"

namespace syncline::network {

FlowNetwork::FlowNetwork(sim::Simulator& simulator, const Topology& topology, sim::TraceSink* sink)
    : simulator_(simulator), topology_(topology), sink_(sink), routing_(topology), bytes_carried_(topology.links().size()) {
  for (const Link& link : topology.links()) capacity_.push_back(link.capacity.in_bytes_per_second());
  load_.assign(capacity_.size(), 0);
}

Time FlowNetwork::latency(std::span<const LinkId> route) const {
  Time sum = Time::zero();
  for (const LinkId link : route) sum += topology_.link(link).latency;
  return sum;
}

sim::Task<> FlowNetwork::transfer(NodeId from, NodeId to, Bytes bytes) {
  if (from == to) co_return;
  sim::Event arrival(simulator_);
  std::function<void()> trigger = [&arrival] { arrival.trigger(); };
  start(from, to, bytes, std::move(trigger));
  co_await arrival;
}

void FlowNetwork::start(NodeId from, NodeId to, Bytes bytes, std::function<void()> arrived) {
  SYNCLINE_CHECK(bytes >= Bytes(0), "a transfer of a negative number of bytes");
  const std::vector<LinkId>& links = route(from, to);
  if (bytes == Bytes(0) || links.empty()) {
    simulator_.schedule_after(latency(links), std::move(arrived));
    return;
  }
  Flow flow;
  flow.bytes = bytes;
  flow.bytes_left = static_cast<double>(bytes.count());
  flow.since = simulator_.now();
  flow.arrived = std::move(arrived);
  flows_.push_back(std::move(flow));
  routes_.emplace_back(links);
  changed_ = true;
  settle_at(simulator_.now());
}

void FlowNetwork::settle_at(Time at) {
  if (at >= next_settle_) return;
  if (next_settle_ != Time::max()) simulator_.cancel(next_settle_event_);
  next_settle_ = at;
  next_settle_event_ = simulator_.schedule_at(at, [this] { settle(); });
}

void FlowNetwork::settle() {
  next_settle_ = Time::max();
  end_finished();
  if (changed_) solve();
  Time next = Time::max();
  for (const Flow& flow : flows_) next = std::min(next, flow.finish);
  settle_at(next);
}

void FlowNetwork::end_finished() {
  const Time now = simulator_.now();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    if (flows_[i].finish <= now) {
      for (const LinkId link : routes_[i]) bytes_carried_[static_cast<std::size_t>(link.value)] += flows_[i].bytes;
      simulator_.schedule_after(latency(routes_[i]), std::move(flows_[i].arrived));
      changed_ = true;
      continue;
    }
    if (kept != i) {
      flows_[kept] = std::move(flows_[i]);
      routes_[kept] = routes_[i];
    }
    ++kept;
  }
  flows_.resize(kept);
  routes_.resize(kept);
}

void FlowNetwork::solve() {
  changed_ = false;
  rates_.resize(flows_.size());
  max_min_rates(capacity_, routes_, rates_, workspace_);
  for (std::size_t i = 0; i < flows_.size(); ++i) set_rate(flows_[i], rates_[i]);
  if (sink_ != nullptr) report_utilisation();
}

void FlowNetwork::set_rate(Flow& flow, double rate) {
  if (rate == flow.rate) return;
  const Time now = simulator_.now();
  const bool untouched = flow.rate == 0;  // all its bytes are left: no need to go through a rounded difference
  if (!untouched) flow.bytes_left = std::max(0.0, flow.bytes_left - (now - flow.since).seconds() * flow.rate);
  flow.rate = rate;
  flow.since = now;
  flow.finish = now + (untouched ? transfer_time(flow.bytes, Bandwidth::bytes_per_second(rate))
                                 : Time::from_seconds(flow.bytes_left / rate));
}

void FlowNetwork::report_utilisation() {
  new_load_.assign(load_.size(), 0);
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    for (const LinkId link : routes_[i]) new_load_[static_cast<std::size_t>(link.value)] += rates_[i];
  }
  for (std::size_t l = 0; l < load_.size(); ++l) {
    if (new_load_[l] == load_[l]) continue;
    load_[l] = new_load_[l];
    sink_->sample({"link " + topology_.links()[l].name, simulator_.now(), load_[l] / capacity_[l]});
  }
}

}  // namespace syncline::network
