// Transfers over time: each is a fluid flow along its route, and flows share links by weighted max-min fairness.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "network/routing.h"
#include "network/sharing.h"
#include "network/token_bucket.h"
#include "network/topology.h"
#include "sim/due_times.h"
#include "sim/process.h"
#include "sim/simulator.h"
#include "sim/trace.h"

namespace syncline::network {

/// What happens to flows on a link that goes down. Either way they keep what they have delivered, and go on when it comes back.
enum class OnLinkDown {
  stall,    // they wait for it
  reroute,  // they go around it where there is a way, and so do new flows, to their end; where there is none, they wait
};

struct FlowOptions {
  double weight = 1;             // its part of a shared link, beside the others'; above 0
  double cap = kNoCap;           // bytes per second that it takes at most; above 0
  const Gates* gates = nullptr;  // given: by all NICs of both machines, in equal parts at one rate; weight: of each part
};

/// Names one flow. Never given twice by one network.
struct FlowId {
  std::uint32_t index = 0;
  std::uint64_t sequence = 0;
};

/// Model: a flow takes up its links from its start until its last byte has left; that byte arrives one route latency later.
/// So a flow that is alone arrives at start + transfer_time(bytes, least capacity on the route) + latency, to the picosecond.
///
/// Rates are solved once for each distinct time at which something changed, and only in the components that changed. A flow whose
/// rate a solve leaves as it is keeps its finish time, so nothing drifts; one whose rate changes has its finish time reckoned
/// anew from the bytes left (a double: relative error 2^-53 a change) and rounded up to a whole picosecond.
class FlowNetwork {
 public:
  /// `sink`, where given, gets each link's utilisation (0 to 1, series "link NAME") whenever it or its load changes. All must
  /// outlive this.
  FlowNetwork(sim::Simulator& simulator, const Topology& topology, sim::TraceSink* sink = nullptr);
  FlowNetwork(const FlowNetwork&) = delete;
  FlowNetwork& operator=(const FlowNetwork&) = delete;

  /// Returns when the last byte has arrived. Without bytes: after the latency. From a node to itself: at once.
  /// UserError where there is no way.
  sim::Task<> transfer(NodeId from, NodeId to, Bytes bytes, FlowOptions options = {});

  /// The same without a process: `arrived` is called, by the simulator, when the last byte has arrived.
  FlowId start(NodeId from, NodeId to, Bytes bytes, std::function<void()> arrived, FlowOptions options = {});

  /// Takes it off the network; nobody is told that it arrived. False where its last byte has left already.
  bool cancel(FlowId id);

  // From now on. A flow's latency is that of its route when its last byte leaves. UserError as in Topology::set_link.
  void set_link(LinkId link, Bandwidth capacity, Time latency);
  void set_up(LinkId link, bool up);
  void on_link_down(OnLinkDown policy);  // stall, if never called; of links that are down already as well
  bool is_up(LinkId link) const { return links_[at(link)].up; }
  /// In the long run; where it lets bursts pass, more may pass for a while.
  Bandwidth capacity(LinkId link) const { return Bandwidth::bytes_per_second(links_[at(link)].capacity); }
  /// The most that may ever pass: its capacity, or the peak of its bursts.
  Bandwidth peak(LinkId link) const;
  /// Bytes above its capacity that may pass in any time, however short.
  Bytes burst(LinkId link) const { return topology_.link(link).burst.bytes; }

  /// As after a long time of bursts: links pass no more than their capacity until they have had a pause.
  void drain_bursts();

  /// Bytes across this link so far: of flows whose last byte has left, or that went on by another way.
  Bytes bytes_carried(LinkId link) const { return links_[at(link)].carried; }
  /// Flows whose last byte has not left.
  std::size_t flows_under_way() const { return under_way_; }

  /// From now on flows and changes of links are our bug (InternalError): somebody reckons without them. False where there have
  /// been any, where links let bursts pass, or somebody wants to be told of utilisation.
  bool close();

  const Topology& topology() const { return topology_; }
  /// Keeps them as long as this object: where routes and flows ask for gates, it must be some of these.
  const Gates* keep(Gates gates);
  /// While all links are up. UserError where there is no way. What it shows stays good.
  Route route(NodeId from, NodeId to, const Gates* gates = nullptr);
  /// What a flow takes that starts now: around links that are down, where flows go around them.
  Route way(NodeId from, NodeId to, const Gates* gates = nullptr);
  /// Of its longest way.
  Time latency(const Route& route) const;
  Time latency(LinkId link) const { return links_[at(link)].latency; }
  /// Bytes per second of a flow that has its route for itself.
  double alone_rate(const Route& route, double cap = kNoCap) const;

 private:
  using FlowIndex = Sharing::FlowIndex;
  using Arrived = std::function<void()>;

  struct Link {
    double capacity = 0;  // bytes per second, while it is up
    Time latency;
    Bytes carried;
    bool up = true;
    int shaper = -1;  // of shapers_, where it lets bursts pass
  };

  /// What the sink knows of a link.
  struct Reported {
    double load = 0;  // bytes per second
    double utilisation = 0;
  };

  struct Shaper {
    LinkId link;
    TokenBucket bucket;
    sim::EventId runs_empty;  // scheduled for
    Time empty_at = Time::max();
  };

  struct Flow {
    Bytes bytes;
    Bytes counted;          // of them, in `carried` of links of earlier routes
    double bytes_left = 0;  // at `since`
    double rate = 0;        // bytes per second, since then
    Time since;
    std::uint64_t sequence = 0;  // 0: there is no flow
    NodeId from, to;
    Route route;
    FlowOptions options;
    Arrived arrived;
  };

  struct Batch {
    Time at;
    std::vector<Arrived> arrived;
  };

  /// Somebody has to know each link's load.
  bool watched() const { return sink_ != nullptr || !shapers_.empty(); }
  static std::size_t at(LinkId link) { return static_cast<std::size_t>(link.value); }

  // Flows that end leave first; then rates are solved, behind all else that is due at the time; then comes the next end.
  void solve_soon();
  void solve_if_changed();
  void solve();
  void end_finished();
  void plan_next_end();
  void end(FlowIndex index);
  void leave(FlowIndex index);  // who calls it sees to what is to be solved then
  void set_rate(FlowIndex index, double rate_of_a_way);
  void advance(Flow& flow);
  void arrive_after(Time latency, Arrived arrived);
  void deliver(std::size_t batch);

  FlowIndex add(Flow&& flow);
  void count(FlowIndex index, Bytes up_to);
  bool passes(std::span<const LinkId> route) const;
  void know_detours();
  void reroute(FlowIndex index);
  void reroute_waiting();
  double passing_rate(const Link& link) const;
  void shape(Shaper& shaper, double load);
  void watch_links();
  void report_utilisation(LinkId id);

  sim::Simulator& simulator_;
  const Topology& topology_;
  sim::TraceSink* sink_;
  Routing routing_;
  std::unique_ptr<Routing> detours_;  // knows which links are down; made when the first is to be gone around
  OnLinkDown on_link_down_ = OnLinkDown::stall;
  std::vector<Link> links_;         // [link]
  std::vector<Reported> reported_;  // [link], where there is a sink
  std::vector<Shaper> shapers_;
  std::deque<Gates> kept_;

  Sharing sharing_;
  std::vector<Flow> flows_;  // [sharing's index]
  sim::DueTimes ends_;
  std::size_t under_way_ = 0;
  std::uint64_t next_sequence_ = 1;
  bool solve_is_due_ = false;
  bool open_ = true;  // see close()
  bool links_changed_ = false;
  std::vector<LinkId> left_;     // since links were watched last, by flows that are gone
  Time next_end_ = Time::max();  // at which end_finished() is scheduled
  sim::EventId next_end_event_;

  // Arrivals at one time that were told one after another are one event.
  std::vector<Batch> batches_;
  std::vector<std::size_t> free_batches_;
  std::size_t open_batch_ = 0;
  bool batch_is_open_ = false;
};

}  // namespace syncline::network
