// Transfers over time: each is a fluid flow along its route, and flows share links by max-min fairness.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "network/max_min.h"
#include "network/routing.h"
#include "network/topology.h"
#include "sim/process.h"
#include "sim/simulator.h"
#include "sim/trace.h"

namespace syncline::network {

/// Model: a flow takes up its links from its start until its last byte has left; that byte arrives one route latency later.
/// So a flow that is alone arrives at start + transfer_time(bytes, least capacity on the route) + latency, to the picosecond.
///
/// Rates are solved once for each distinct time at which flows started or ended. A flow whose rate a solve leaves as it is keeps
/// its finish time, so nothing drifts; one whose rate changes has its finish time reckoned anew from the bytes left (a double:
/// relative error 2^-53 a change) and rounded up to a whole picosecond.
class FlowNetwork {
 public:
  /// `sink`, where given, gets each link's utilisation (0 to 1, series "link NAME") whenever it changes. All must outlive this.
  FlowNetwork(sim::Simulator& simulator, const Topology& topology, sim::TraceSink* sink = nullptr);
  FlowNetwork(const FlowNetwork&) = delete;
  FlowNetwork& operator=(const FlowNetwork&) = delete;

  /// Returns when the last byte has arrived. Without bytes: after the latency. From a node to itself: at once.
  /// UserError where there is no way.
  sim::Task<> transfer(NodeId from, NodeId to, Bytes bytes);

  /// The same without a process: `arrived` is called, by the simulator, when the last byte has arrived.
  void start(NodeId from, NodeId to, Bytes bytes, std::function<void()> arrived);

  /// Bytes of all flows across this link whose last byte has left.
  Bytes bytes_carried(LinkId link) const { return bytes_carried_[static_cast<std::size_t>(link.value)]; }

  const Topology& topology() const { return topology_; }
  /// UserError where there is no way. The reference stays good.
  const std::vector<LinkId>& route(NodeId from, NodeId to) { return routing_.route(from, to); }
  Time latency(std::span<const LinkId> route) const;

 private:
  struct Flow {
    Bytes bytes;
    double bytes_left = 0;  // at `since`
    double rate = 0;        // bytes per second, since then; 0: not yet solved
    Time since, finish = Time::max();
    std::function<void()> arrived;
  };

  /// Everything that happens to flows at one time, in one event: ends, then new rates, then when to look next.
  void settle();
  void settle_at(Time at);
  void end_finished();
  void solve();
  void set_rate(Flow& flow, double rate);
  void report_utilisation();

  sim::Simulator& simulator_;
  const Topology& topology_;
  sim::TraceSink* sink_;
  Routing routing_;
  std::vector<double> capacity_;  // [link]

  // Flows on their way, in order of start; routes_ and rates_ run beside flows_, as the solver takes them.
  std::vector<Flow> flows_;
  std::vector<std::span<const LinkId>> routes_;
  std::vector<double> rates_;
  MaxMinWorkspace workspace_;
  bool changed_ = false;  // flows came or went since the last solve

  Time next_settle_ = Time::max();
  sim::EventId next_settle_event_;

  std::vector<Bytes> bytes_carried_;  // [link]
  std::vector<double> load_;          // [link] bytes per second; reported
  std::vector<double> new_load_;      // [link] room for report_utilisation
};

}  // namespace syncline::network
