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
};

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

  /// Payload that the busiest rank sends, by the row's formula.
  Bytes wire_bytes(CollectiveCall call) const;

  /// What no play of this call beats, be it alone or (but for rows that overlap_next) one of many in a row: launch + the greater of
  /// - the row's formula with the least latency and the greatest bandwidth of any two ranks that talk;
  /// - the time that the most loaded link needs for its bytes.
  /// On equal links without shared uplinks this is the row's formula itself.
  Time closed_form(CollectiveCall call) const;

 private:
  struct Plan;                                       // what all plays of one call have in common
  struct Collective;                                 // one play
  using Key = std::pair<std::string, std::int64_t>;  // algorithm, bytes

  Plan& plan(CollectiveCall call) const;
  Time bound(const Plan& what) const;
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
