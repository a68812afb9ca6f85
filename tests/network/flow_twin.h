// The obvious twin of FlowNetwork: at each change it shares all links among all flows anew, by max_min_rates, and adds rate times
// time to what each flow has sent. Times are real numbers of picoseconds and are never rounded.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "network/flow_network.h"
#include "network/max_min.h"
#include "network/routing.h"

namespace syncline::network {

class FlowTwin {
 public:
  FlowTwin(const Topology& topology, OnLinkDown policy)
      : policy_(policy), usual_(topology), detours_(topology), links_(topology.links().size()) {
    for (std::size_t l = 0; l < links_.size(); ++l) {
      links_[l].capacity = topology.links()[l].capacity.in_bytes_per_second();
      links_[l].latency = topology.links()[l].latency;
    }
  }

  // Each happens at the time that advance_to() came to last. Flows are named 0, 1, 2 and so on.
  void start(NodeId from, NodeId to, Bytes bytes, FlowOptions options) {
    flows_.push_back({from, to, static_cast<double>(bytes.count()), options, &way(from, to)});
    if (bytes == Bytes(0)) end(flows_.back());
  }
  bool cancel(std::size_t name) { return std::exchange(flows_[name].under_way, false); }
  void set_link(LinkId link, Bandwidth capacity, Time latency) {
    links_[at(link)].capacity = capacity.in_bytes_per_second();
    links_[at(link)].latency = latency;
  }
  void set_up(LinkId link, bool up) {
    links_[at(link)].up = up;
    detours_.set_up(link, up);
    if (policy_ == OnLinkDown::stall) return;
    for (Flow& flow : flows_) {
      if (!flow.under_way || passes(*flow.route)) continue;
      const std::vector<LinkId>& other = way(flow.from, flow.to);
      if (!passes(other)) continue;
      flow.route = &other;
      ++reroutes_;
    }
  }

  /// From one end of a flow to the next, until that time.
  void advance_to(Time time) {
    const auto until = static_cast<long double>(time.count());
    while (now_ < until) {
      share();
      long double next = until;
      for (const Flow& flow : flows_) next = std::min(next, end_of(flow));
      std::vector<Flow*> ends;
      for (Flow& flow : flows_) {
        if (end_of(flow) <= next) ends.push_back(&flow);
      }
      integrate((next - now_) / 1e12L);
      now_ = next;
      for (Flow* flow : ends) end(*flow);
    }
  }

  bool under_way(std::size_t name) const { return flows_[name].under_way; }
  /// In picoseconds; 0 where it has not left.
  long double arrival(std::size_t name) const { return flows_[name].arrival; }
  long double sent(std::size_t name) const { return flows_[name].sent; }
  int reroutes() const { return reroutes_; }
  /// Bytes, so far: rates times time, and capacity, while it was up, times time.
  long double carried(LinkId link) const { return links_[at(link)].carried; }
  long double could_carry(LinkId link) const { return links_[at(link)].could_carry; }

 private:
  struct Link {
    double capacity = 0;  // bytes per second
    Time latency;
    bool up = true;
    long double carried = 0, could_carry = 0;
  };
  struct Flow {
    NodeId from, to;
    double bytes = 0;
    FlowOptions options;
    const std::vector<LinkId>* route = nullptr;
    bool under_way = true;
    double rate = 0;
    long double sent = 0, arrival = 0;
  };

  static std::size_t at(LinkId link) { return static_cast<std::size_t>(link.value); }
  bool passes(const std::vector<LinkId>& route) const {
    return std::all_of(route.begin(), route.end(), [&](LinkId link) { return links_[at(link)].up; });
  }
  const std::vector<LinkId>& way(NodeId from, NodeId to) {
    const std::vector<LinkId>& usual = usual_.route(from, to);
    if (policy_ == OnLinkDown::stall || passes(usual)) return usual;
    const std::vector<LinkId>* around = detours_.find_route(from, to);
    return around != nullptr ? *around : usual;
  }

  long double end_of(const Flow& flow) const {
    if (!flow.under_way || flow.rate == 0) return std::numeric_limits<long double>::infinity();
    return now_ + std::max(0.0L, flow.bytes - flow.sent) / flow.rate * 1e12L;
  }
  void end(Flow& flow) {
    flow.under_way = false;
    flow.arrival = now_;
    for (const LinkId link : *flow.route) flow.arrival += static_cast<long double>(links_[at(link)].latency.count());
  }

  void share() {
    std::vector<double> capacity, rates;
    for (const Link& link : links_) capacity.push_back(link.up ? link.capacity : 0);
    std::vector<MaxMinFlow> problem;
    for (const Flow& flow : flows_) {
      if (flow.under_way) problem.push_back({*flow.route, flow.options.weight, flow.options.cap});
    }
    rates.resize(problem.size());
    MaxMinWorkspace workspace;
    max_min_rates(capacity, problem, rates, workspace);
    auto rate = rates.begin();
    for (Flow& flow : flows_) flow.rate = flow.under_way ? *rate++ : 0;
  }
  void integrate(long double seconds) {
    for (Flow& flow : flows_) {
      flow.sent += flow.rate * seconds;
      for (const LinkId link : *flow.route) links_[at(link)].carried += flow.rate * seconds;
    }
    for (Link& link : links_) link.could_carry += (link.up ? link.capacity : 0) * seconds;
  }

  OnLinkDown policy_;
  Routing usual_, detours_;
  std::vector<Link> links_;  // [link]
  std::vector<Flow> flows_;  // [name], also those that are gone
  long double now_ = 0;      // picoseconds
  int reroutes_ = 0;
};

}  // namespace syncline::network
