// Ranks that do collectives together, on a network, in virtual time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "network/builders.h"
#include "network/collective_play.h"
#include "network/collectives/schedule.h"
#include "network/flow_network.h"
#include "sim/process.h"
#include "sim/simulator.h"

namespace syncline::network {

/// What software puts on top of the wire.
struct CommunicationStack {
  std::string name;
  Time launch;              // from a rank's call until it takes part; once per collective
  double efficiency = 1.0;  // share of the links' bandwidth that payload gets, in (0, 1]: the bytes on the wire are divided by it
  std::string source;
};

struct CollectiveCall {
  std::string_view algorithm;  // a row of collectives()
  Bytes bytes;                 // of each rank's vector; all-gather: of each rank's contribution
};

struct CollectiveTiming {
  Time joined;    // the rank called
  Time started;   // its first transfer began: the peer was there, too
  Time finished;  // its last transfer arrived
  /// When this rank's own part was at work: the launch, then its transfers. In between it waits for others.
  std::vector<Interval> busy;
};

struct CollectiveLoad;  // what a play puts on each link

/// Cuts vectors into elements of 4 bytes where they divide, else of 1 byte.
class Communicator {
 public:
  /// All must outlive this. UserError where the stack's efficiency is not in (0, 1].
  Communicator(sim::Simulator& simulator, FlowNetwork& flows, const Cluster& cluster, CommunicationStack stack);
  ~Communicator();
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  /// The i-th calls of all ranks are one collective; a transfer starts when both its ranks have joined and all that it depends on
  /// has arrived. A rank's calls may overlap, and then share its links. InternalError where the ranks' i-th calls differ,
  /// UserError where there is no such algorithm.
  sim::Task<CollectiveTiming> run(int rank, CollectiveCall call);

  /// What the rank sends, on the wire: payload over efficiency, but for the rounding of each message to whole bytes.
  double sent_bytes(int rank, CollectiveCall call) const;

  /// Launch + the row's formula with the least latency of any two ranks that talk, and the greatest bandwidth at which any rank
  /// can send by all of its ways together. Some rank takes part from the first step to the last, and cannot be faster: so the sum
  /// over its calls bounds any sequence of them.
  Time serial_bound(CollectiveCall call) const;

  /// Seconds that each link needs for the call's bytes: [link]. The sum over calls bounds any sequence of them.
  const std::vector<double>& link_seconds(CollectiveCall call) const;

  /// What no play of this call alone beats: launch + the greater of
  /// - the row's formula with that latency and bandwidth;
  /// - the time that the most loaded link needs for its bytes.
  /// On equal links without shared uplinks this is the row's formula itself.
  Time closed_form(CollectiveCall call) const;

 private:
  struct Plan;                                       // what all plays of one call have in common
  struct Collective;                                 // one play
  using Key = std::pair<std::string, std::int64_t>;  // algorithm, bytes

  Plan& plan(CollectiveCall call) const;
  const CollectiveLoad& load(Plan& what) const;
  ScheduleRequest request(const CollectiveRow& row, CollectiveCall call) const;
  std::shared_ptr<Collective> join(int rank, CollectiveCall call);

  sim::Simulator& simulator_;
  FlowNetwork& flows_;
  const Cluster& cluster_;
  CommunicationStack stack_;
  int ranks_;
  mutable std::map<Key, std::unique_ptr<Plan>> plans_;  // a cache: const calls fill it
  std::vector<std::int64_t> calls_;                     // [rank] made so far
  std::deque<std::shared_ptr<Collective>> gathering_;   // collectives that some rank has yet to call
  std::int64_t first_gathering_ = 0;                    // the number of the first of them
};

}  // namespace syncline::network
