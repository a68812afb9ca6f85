// What one play of a schedule puts on a network: the physical side of a collective's bound.
//
// An actor ends a step only when all its messages of that step have arrived, and none of them starts before the step. So a step
// takes no less than its longest message would take alone, latency + bytes / bandwidth of the way (or the terms' step and cap, see
// Terms::lag);
// and no less than the most loaded link needs for those of its messages that cross it, and the latency with which the last of
// them arrives. An actor's steps follow one another, and so do the collectives of a rank: sums over them are bounds, too. That
// others make a rank wait is left out, as is what else is on the links.
#pragma once

#include <span>
#include <vector>

#include "network/collective_play.h"
#include "network/collectives/schedule.h"
#include "network/flow_network.h"

namespace syncline::network {

struct CollectiveLoad {
  std::vector<double> link_seconds;  // [link] that it needs for its bytes
  std::vector<double> rank_seconds;  // [rank] that it needs for its own messages, in the busiest of its lanes
  std::vector<double> sent_bytes;    // [rank] on the wire, but for the rounding of each message to whole bytes
};

/// By the links as they are now. Takes a route for each message, but those of steps that are alike are looked at once.
CollectiveLoad collective_load(const Schedule& schedule, const Terms& terms, FlowNetwork& flows, std::span<const NodeId> nodes);

}  // namespace syncline::network
