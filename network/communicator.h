// Ranks that do collectives together, on a network, in virtual time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "network/agreement.h"
#include "network/bounded_play.h"
#include "network/builders.h"
#include "network/collapsed_play.h"
#include "network/collective_load.h"
#include "network/collectives/schedule.h"
#include "network/flow_network.h"
#include "network/stack.h"
#include "sim/process.h"
#include "sim/simulator.h"

namespace syncline::network {

struct CollectiveCall {
  std::string_view algorithm;  // a row of collectives(), or auto_name() of its operation: the stack chooses
  Bytes bytes;                 // of each rank's vector; all-gather: of each rank's contribution
  Roles roles = {};            // what the algorithm does not take of them changes nothing
};

struct CollectiveTiming {
  Time joined;    // the rank called
  Time started;   // its first transfer began: the peer was there, too
  Time finished;  // its last transfer arrived
  /// When this rank's own part was at work: the launch, then its transfers. In between it waits for others.
  std::vector<Interval> busy;
};

/// Says that what was to be collapsed cannot be proven to give the exact play's times; the same must be played exactly.
class NotCollapsible : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Cuts vectors into equal parts of whole bytes: one that ranks own chunks of is padded to as many bytes for each, as NCCL's
/// reduce-scatter and those who call it do. So more bytes never make a part shorter.
class Communicator {
 public:
  enum class How {
    exact,      // flow by flow
    collapsed,  // by network/collapsed_play: the same times for less work; NotCollapsible where that is not proven
  };

  /// All but the stack must outlive this. UserError where the stack's efficiency is not in (0, 1].
  /// Collapsed: nothing else may be on the network (which is closed), and a rank's call comes after its last one's end; ranks 0
  /// to callers - 1 call, each for all whose number differs by a multiple of `callers`; 0: all call.
  Communicator(sim::Simulator& simulator, FlowNetwork& flows, const Cluster& cluster, CommunicationStack stack,
               How how = How::exact, int callers = 0);
  ~Communicator();
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  /// The i-th calls of all ranks are one collective; a transfer starts when both its ranks have joined and all that it depends on
  /// has arrived. A rank's calls may overlap, and then share its links. InternalError where the ranks' i-th calls differ,
  /// UserError where there is no such algorithm, or not with such roles.
  sim::Task<CollectiveTiming> run(int rank, CollectiveCall call);

  const CommunicationStack& stack() const { return stack_; }
  /// The algorithm and variant by which the call is done.
  const Chosen& chosen(CollectiveCall call) const;

  /// How many ranks can stand for all, as far as this algorithm goes, or those that the stack may choose for it; all, where it
  /// cannot be collapsed.
  static int period(std::string_view algorithm, const Roles& roles, const CommunicationStack& stack, FlowNetwork& flows,
                    const Cluster& cluster);
  int callers() const { return callers_; }

  /// What the ranks that call agree upon besides, at no cost.
  Agreement& agreement() { return agreement_; }

  /// What one play of the call puts on the network.
  const CollectiveLoad& load(CollectiveCall call) const;

  /// Seconds in which no ranks can make these calls, each one after the other: the launches and the busiest rank's own messages,
  /// or the busiest link's bytes.
  double least_seconds(std::span<const CollectiveCall> calls) const;
  /// The same where calls overlap: the busiest link's bytes only.
  double least_link_seconds(std::span<const CollectiveCall> calls) const;

  /// The algorithm's formula with the greatest latency and the least bandwidth from any rank to the next, and the launch: what it
  /// would take if every way were like the slowest of these. Where a step overlaps, the greater of the formula with the links alone
  /// and with the steps alone: no more than that.
  Time closed_form(CollectiveCall call) const;

  /// What the call takes where nothing else is on the network and all ranks make it at once, again and again. Played once.
  Time alone(CollectiveCall call) const;

  /// Between which times this call ends, where nothing else is on the network and all ranks call at zero: without playing it.
  TimeBounds bounds(CollectiveCall call) const;

 private:
  struct Plan;                                                  // what all plays of one call have in common
  struct Collective;                                            // one play
  using Key = std::tuple<std::string, std::int64_t, int, int>;  // algorithm, bytes, root, servers

  Plan& plan(CollectiveCall call) const;
  Chosen choose_for(CollectiveCall call) const;
  void collapse(Plan& plan) const;
  std::shared_ptr<Collective> join(int rank, CollectiveCall call);

  sim::Simulator& simulator_;
  FlowNetwork& flows_;
  const Cluster& cluster_;
  std::vector<NodeId> nodes_;  // the cluster's, servers behind workers
  const Gates* gates_;         // of machines that have several NICs; null: there are none
  CommunicationStack stack_;
  ClusterFacts facts_;  // where the stack has variants
  How how_;
  int ranks_, callers_;
  Agreement agreement_;
  mutable std::map<Key, std::unique_ptr<Plan>> plans_;  // a cache: const calls fill it
  mutable std::vector<LinkOwner> owners_;               // [link] in all plans so far; collapsed only
  std::vector<std::int64_t> calls_;                     // [rank] made so far
  std::vector<char> busy_;                              // [rank] in a call
  Collective* staged_ = nullptr;                        // the last one that has stages, while it goes on
  std::deque<std::shared_ptr<Collective>> gathering_;   // collectives that some rank has yet to call
  std::int64_t first_gathering_ = 0;                    // the number of the first of them
};

}  // namespace syncline::network
