#include "network/flow_network.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/error.h"

namespace syncline::network {
namespace {

std::vector<double> capacities(const Topology& topology) {
  std::vector<double> result;
  for (const Link& link : topology.links()) result.push_back(link.capacity.in_bytes_per_second());
  return result;
}

}  // namespace

FlowNetwork::FlowNetwork(sim::Simulator& simulator, const Topology& topology, sim::TraceSink* sink)
    : simulator_(simulator), topology_(topology), sink_(sink), routing_(topology), sharing_(capacities(topology)) {
  if (sink != nullptr) reported_.resize(topology.links().size());
  for (const network::Link& link : topology.links()) {
    links_.emplace_back();
    links_.back().capacity = link.capacity.in_bytes_per_second();
    links_.back().latency = link.latency;
    if (link.burst.bytes == Bytes(0)) continue;
    links_.back().shaper = static_cast<int>(shapers_.size());
    const LinkId id{static_cast<std::int32_t>(links_.size()) - 1};
    shapers_.push_back({id, TokenBucket(link.burst, links_.back().capacity), {}});
    sharing_.set_capacity(id, passing_rate(links_.back()));
  }
}

const Gates* FlowNetwork::keep(Gates gates) {
  kept_.push_back(std::move(gates));
  return &kept_.back();
}

Route FlowNetwork::route(NodeId from, NodeId to, const Gates* gates) {
  if (gates == nullptr) return {routing_.route(from, to)};
  const std::optional<Route> found = routing_.find_route_by_all(from, to, *gates);
  return found ? *found : Route{routing_.route(from, to)};  // which says that there is none
}

Time FlowNetwork::latency(const Route& route) const {
  Time longest = Time::zero();
  for (std::size_t i = 0; i < route.ways(); ++i) {
    Time sum = Time::zero();
    for (const LinkId link : route.way(i)) sum += links_[at(link)].latency;
    longest = std::max(longest, sum);
  }
  return longest;
}

double FlowNetwork::alone_rate(const Route& route, double cap) const {
  const auto ways = static_cast<double>(route.ways());
  double of_a_way = cap / ways;
  for (const LinkId link : route.links) {
    const auto times = route.ways() == 1 ? 1 : std::ranges::count(route.links, link);
    of_a_way = std::min(of_a_way, links_[at(link)].capacity / static_cast<double>(times));
  }
  return ways * of_a_way;
}

sim::Task<> FlowNetwork::transfer(NodeId from, NodeId to, Bytes bytes, FlowOptions options) {
  if (from == to) co_return;
  sim::Event arrival(simulator_);
  std::function<void()> trigger = [&arrival] { arrival.trigger(); };
  start(from, to, bytes, std::move(trigger), options);
  co_await arrival;
}

bool FlowNetwork::close() {
  if (next_sequence_ > 1 || links_changed_ || watched()) return false;
  open_ = false;
  return true;
}

FlowId FlowNetwork::start(NodeId from, NodeId to, Bytes bytes, Arrived arrived, FlowOptions options) {
  SYNCLINE_CHECK(open_, "a flow on a network that is closed");
  SYNCLINE_CHECK(bytes >= Bytes(0), "a transfer of a negative number of bytes");
  const Route route = way(from, to, options.gates);
  if (bytes == Bytes(0) || route.links.empty()) {
    arrive_after(latency(route), std::move(arrived));
    return {};
  }
  Flow flow;
  flow.bytes = bytes;
  flow.bytes_left = static_cast<double>(bytes.count());
  flow.since = simulator_.now();
  flow.sequence = next_sequence_++;
  flow.from = from;
  flow.to = to;
  flow.route = route;
  flow.options = options;
  flow.arrived = std::move(arrived);
  ++under_way_;
  const std::uint64_t sequence = flow.sequence;
  return {add(std::move(flow)), sequence};
}

bool FlowNetwork::cancel(FlowId id) {
  if (id.sequence == 0 || id.index >= flows_.size() || flows_[id.index].sequence != id.sequence) return false;
  Flow& flow = flows_[id.index];
  advance(flow);
  count(id.index, flow.bytes - Bytes(static_cast<std::int64_t>(std::ceil(flow.bytes_left))));
  leave(id.index);
  solve_if_changed();
  return true;
}

FlowNetwork::FlowIndex FlowNetwork::add(Flow&& flow) {
  const FlowIndex index =
      sharing_.add({flow.route.links, flow.options.weight, flow.options.cap / static_cast<double>(flow.route.ways())});
  if (index >= flows_.size()) flows_.resize(index + std::size_t{1});
  flows_[index] = std::move(flow);
  if (!watched() && sharing_.settle_alone(index)) {
    set_rate(index, sharing_.rate(index));
    plan_next_end();
  } else {
    solve_soon();
  }
  return index;
}

void FlowNetwork::leave(FlowIndex index) {
  if (watched()) {
    const std::span<const LinkId> links = sharing_.flow(index).route;
    left_.insert(left_.end(), links.begin(), links.end());
  }
  ends_.remove(index);
  sharing_.remove(index);
  flows_[index].sequence = 0;
  flows_[index].arrived = nullptr;
  --under_way_;
}

void FlowNetwork::solve_if_changed() {
  if (sharing_.changed() || watched()) solve_soon();
}

void FlowNetwork::solve_soon() {
  if (std::exchange(solve_is_due_, true)) return;
  simulator_.schedule_after(Time::zero(), [this] { solve(); });
}

void FlowNetwork::solve() {
  solve_is_due_ = false;
  sharing_.solve();
  for (const FlowIndex index : sharing_.solved()) set_rate(index, sharing_.rate(index));
  plan_next_end();
  if (watched()) watch_links();
}

/// Brings bytes_left up to now.
void FlowNetwork::advance(Flow& flow) {
  const Time now = simulator_.now();
  if (flow.since == now) return;
  flow.bytes_left = std::max(0.0, flow.bytes_left - (now - flow.since).seconds() * flow.rate);
  flow.since = now;
}

void FlowNetwork::set_rate(FlowIndex index, double rate_of_a_way) {
  Flow& flow = flows_[index];
  const double rate = static_cast<double>(flow.route.ways()) * rate_of_a_way;
  if (rate == flow.rate) return;
  advance(flow);
  flow.rate = rate;
  if (rate == 0) {
    ends_.remove(index);
    return;
  }
  // While all its bytes are left there is no need to go through a rounded quotient.
  const bool untouched = flow.bytes_left == static_cast<double>(flow.bytes.count());
  const Time left =
      untouched ? transfer_time(flow.bytes, Bandwidth::bytes_per_second(rate)) : Time::from_seconds(flow.bytes_left / rate);
  ends_.set(index, simulator_.now() + left, flow.sequence);
}

void FlowNetwork::plan_next_end() {
  const Time next = ends_.empty() ? Time::max() : ends_.next_time();
  if (next == next_end_) return;
  // An event that comes too early finds nothing to do, and looks again.
  if (next > next_end_) return;
  if (next_end_ != Time::max()) simulator_.cancel(next_end_event_);
  next_end_ = next;
  next_end_event_ = simulator_.schedule_at(next, [this] { end_finished(); });
}

void FlowNetwork::end_finished() {
  next_end_ = Time::max();
  const std::size_t before = under_way_;
  while (!ends_.empty() && ends_.next_time() <= simulator_.now()) end(ends_.next());
  if (!watched()) sharing_.forget_idle();  // links all of whose flows have ended together
  if (under_way_ < before) solve_if_changed();
  plan_next_end();
}

void FlowNetwork::end(FlowIndex index) {
  Flow& flow = flows_[index];
  count(index, flow.bytes);
  arrive_after(latency(flow.route), std::move(flow.arrived));
  leave(index);
}

/// Adds to what its links have carried, up to so many of its bytes.
void FlowNetwork::count(FlowIndex index, Bytes up_to) {
  Flow& flow = flows_[index];
  const auto ways = static_cast<std::int64_t>(flow.route.ways());
  for (std::int64_t i = 0; i < ways; ++i) {
    const auto part = [&](Bytes bytes) { return ways == 1 ? bytes : Bytes((bytes.count() + i) / ways); };  // all together: all
    const Bytes more = part(up_to) - part(flow.counted);
    for (const LinkId link : flow.route.way(static_cast<std::size_t>(i))) links_[at(link)].carried += more;
  }
  flow.counted = up_to;
}

void FlowNetwork::arrive_after(Time latency, Arrived arrived) {
  const Time when = simulator_.now() + latency;
  if (!batch_is_open_ || batches_[open_batch_].at != when) {
    if (free_batches_.empty()) {
      free_batches_.push_back(batches_.size());
      batches_.emplace_back();
    }
    open_batch_ = free_batches_.back();
    free_batches_.pop_back();
    batch_is_open_ = true;
    batches_[open_batch_].at = when;
    simulator_.schedule_at(when, [this, batch = open_batch_] { deliver(batch); });
  }
  batches_[open_batch_].arrived.push_back(std::move(arrived));
}

void FlowNetwork::deliver(std::size_t batch) {
  if (batch_is_open_ && open_batch_ == batch) batch_is_open_ = false;
  std::vector<Arrived> arrived = std::move(batches_[batch].arrived);
  for (Arrived& each : arrived) each();
  arrived.clear();
  batches_[batch].arrived = std::move(arrived);  // its room
  free_batches_.push_back(batch);
}

void FlowNetwork::set_link(LinkId id, Bandwidth capacity, Time latency) {
  const double rate = capacity.in_bytes_per_second();
  SYNCLINE_CHECK(open_, "a link changes in a network that is closed");
  links_changed_ = true;
  check_link(topology_.link(id).name, capacity, latency);
  Link& link = links_[at(id)];
  link.capacity = rate;
  link.latency = latency;
  if (link.shaper >= 0) shapers_[static_cast<std::size_t>(link.shaper)].bucket.set_capacity(simulator_.now(), rate);
  if (!link.up) return;
  sharing_.set_capacity(id, passing_rate(link));
  if (sharing_.changed()) solve_soon();
}

void FlowNetwork::set_up(LinkId id, bool up) {
  SYNCLINE_CHECK(open_, "a link changes in a network that is closed");
  links_changed_ = true;
  Link& link = links_[at(id)];
  if (link.up == up) return;
  link.up = up;
  sharing_.set_capacity(id, up ? passing_rate(link) : 0);
  if (detours_ != nullptr) detours_->set_up(id, up);
  if (on_link_down_ == OnLinkDown::reroute) reroute_waiting();
  if (sharing_.changed()) solve_soon();
}

void FlowNetwork::on_link_down(OnLinkDown policy) {
  on_link_down_ = policy;
  if (policy == OnLinkDown::reroute) reroute_waiting();
}

/// Links may have gone down while nobody went around them.
void FlowNetwork::know_detours() {
  if (detours_ != nullptr) return;
  detours_ = std::make_unique<Routing>(topology_);
  for (LinkId id{0}; const Link& link : links_) {
    detours_->set_up(id, link.up);
    ++id.value;
  }
}

bool FlowNetwork::passes(std::span<const LinkId> route) const {
  return std::all_of(route.begin(), route.end(), [&](LinkId link) { return is_up(link); });
}

Route FlowNetwork::way(NodeId from, NodeId to, const Gates* gates) {
  const Route usual = route(from, to, gates);
  if (on_link_down_ != OnLinkDown::reroute || passes(usual.links)) return usual;
  know_detours();
  if (gates != nullptr) return detours_->find_route_by_all(from, to, *gates).value_or(usual);
  const std::vector<LinkId>* around = detours_->find_route(from, to);
  return around != nullptr ? Route{*around} : usual;
}

void FlowNetwork::reroute_waiting() {
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    const auto index = static_cast<FlowIndex>(i);
    if (flows_[i].sequence != 0 && !passes(sharing_.flow(index).route)) reroute(index);
  }
}

void FlowNetwork::reroute(FlowIndex index) {
  const Route other = way(flows_[index].from, flows_[index].to, flows_[index].options.gates);
  if (!passes(other.links)) return;
  advance(flows_[index]);
  count(index, flows_[index].bytes - Bytes(static_cast<std::int64_t>(std::ceil(flows_[index].bytes_left))));
  Flow flow = std::move(flows_[index]);
  flow.rate = 0;
  flow.route = other;
  leave(index);
  ++under_way_;
  SYNCLINE_CHECK(add(std::move(flow)) == index, "a flow got another index on its way");
  solve_if_changed();
}

Bandwidth FlowNetwork::peak(LinkId link) const {
  return burst(link) > Bytes(0) ? std::max(capacity(link), topology_.link(link).burst.peak) : capacity(link);
}

/// Bytes per second from now on, while it is up.
double FlowNetwork::passing_rate(const Link& link) const {
  return link.shaper < 0 ? link.capacity : shapers_[static_cast<std::size_t>(link.shaper)].bucket.passes();
}

void FlowNetwork::drain_bursts() {
  for (Shaper& shaper : shapers_) {
    shaper.bucket.drain(simulator_.now());
    shape(shaper, sharing_.load(shaper.link));
  }
  if (sharing_.changed()) solve_soon();
}

/// Those whose load may have changed.
void FlowNetwork::watch_links() {
  std::vector<LinkId> links = std::exchange(left_, {});
  links.insert(links.end(), sharing_.links_looked_at().begin(), sharing_.links_looked_at().end());
  std::sort(links.begin(), links.end());
  links.erase(std::unique(links.begin(), links.end()), links.end());
  for (const LinkId id : links) {
    if (sink_ != nullptr) report_utilisation(id);
    if (links_[at(id)].shaper >= 0) shape(shapers_[static_cast<std::size_t>(links_[at(id)].shaper)], sharing_.load(id));
  }
  if (sharing_.changed()) solve_soon();
}

/// What passes under this load, and until when.
void FlowNetwork::shape(Shaper& shaper, double load) {
  shaper.bucket.set_load(simulator_.now(), load);
  const Link& link = links_[at(shaper.link)];
  if (link.up) sharing_.set_capacity(shaper.link, passing_rate(link));
  const Time empty_at = shaper.bucket.empty_at();
  if (empty_at == shaper.empty_at) return;
  if (shaper.empty_at != Time::max()) simulator_.cancel(shaper.runs_empty);
  shaper.empty_at = empty_at;
  if (empty_at == Time::max()) return;
  shaper.runs_empty = simulator_.schedule_at(empty_at, [this, &shaper] {
    shaper.empty_at = Time::max();
    shape(shaper, sharing_.load(shaper.link));
    if (sharing_.changed()) solve_soon();
  });
}

void FlowNetwork::report_utilisation(LinkId id) {
  const double load = sharing_.load(id), utilisation = load / links_[at(id)].capacity;
  Reported& reported = reported_[at(id)];
  if (load == reported.load && utilisation == reported.utilisation) return;
  reported = {load, utilisation};
  sink_->sample({"link " + topology_.link(id).name, simulator_.now(), utilisation});
}

}  // namespace syncline::network
