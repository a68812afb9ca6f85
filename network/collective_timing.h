// One collective alone on a network, all ranks calling at once: what nccl-tests time.
#pragma once

#include <string>
#include <vector>

#include "network/changing_links.h"
#include "network/communicator.h"

namespace syncline::network {

/// How a time was come by.
enum class Reckoning {
  collapsed,  // the exact play's time, by proof (network/collapsed_play)
  exact,      // flow by flow
  bounded,    // between two bounds (network/bounded_play)
};

struct CollectiveTime {
  Reckoning by = Reckoning::exact;
  const CollectiveRow* row = nullptr;  // the algorithm
  std::string protocol;                // as the stack calls it; may be empty
  bool of_stack = true;                // false: none of the stack's variants has it, so it pays no launch and no hops of theirs
  Time least, most;                    // until the last rank has finished; the same, but where bounded
  Time bound;                          // what no play beats: Communicator::least_seconds
  Time closed_form;                    // Communicator::closed_form
  double sent_bytes = 0;               // on the wire, by the rank that sends most
  std::vector<double> link_seconds;    // [link] that it needs for its bytes, as it is without changes
};

/// Collapsed where that is proven, unless `wanted` is exact; else flow by flow, or by bounds where `wanted` says so. Where links
/// change, from the start of the call on, it is always played flow by flow. UserError where there is no such algorithm.
CollectiveTime time_collective(const Cluster& cluster, const CommunicationStack& stack, CollectiveCall call, Reckoning wanted,
                               const ChangingLinks& changes = {});

/// What one of many such calls takes, each begun by all ranks so long after the one before has ended: what links let pass in bursts
/// is used up by then, but for what they gain in the pause and while ranks wait. Where no link has any it is what time_collective()
/// says.
Time time_in_a_loop(const Cluster& cluster, const CommunicationStack& stack, CollectiveCall call, Time pause);

/// The call for a buffer of so many bytes, as nccl-tests count them: the whole vector, for an all-gather what each rank ends
/// with. `algorithm`: of this operation, or auto_name() of it.
CollectiveCall call_for_buffer(Operation operation, std::string_view algorithm, Bytes buffer, int ranks, const Roles& roles = {});

/// Bus bandwidth over algorithm bandwidth, as nccl-tests define them (doc/PERFORMANCE.md): what makes the time of a perfect
/// algorithm say how fast the links are, whatever the number of ranks.
double bus_factor(Operation operation, int ranks);

}  // namespace syncline::network
