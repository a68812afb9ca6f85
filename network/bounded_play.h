// A collective's times between two bounds, without its flows: for systems too large to be played exactly, where no proof lets
// them be collapsed (network/collapsed_play).
//
// Nothing else is on the network and no link changes. Let c_a(s) be when actor a has ended its steps before s. A message from a
// to b at step s starts at max(c_a(s), c_b(s)), by the rule of schedules; say it takes d. Then
//     c_a(s + 1) = max over a's messages at step s, to or from b, of max(c_a(s), c_b(s)) + d,   or c_a(s) where it has none,
// which grows with every d. So bounds of all d give bounds of all c:
//
// - d is at least bytes / (the least capacity of the route, or the terms' cap) + latency, or the terms' step where that is
//   longer: a flow has no more than a whole link. A message without links, between ranks on one node, takes no time but the step.
// - d is at most bytes / (the least of capacity_l / N_l on the route, or the cap) + the same latency, where N_l is the most
//   flows that are ever on link l at once: in max-min fair shares a flow has at least an equal part of its bottleneck. An actor
//   is at one step at a time, so N_l is at most the sum over actors of the most messages that it sends across l at any one
//   step, and likewise of those it receives.
//
// Where every link has one sender or one receiver with a message at a time, N_l = 1, and both are the exact play's times.
#pragma once

#include <span>
#include <vector>

#include "network/collective_play.h"

namespace syncline::network {

struct TimeBounds {
  Time least, most;
};

/// When each rank [rank] ends, having joined at joined[rank]. Work: the messages of the schedule, but of steps that are alike those
/// of the first one, and then those of actors that are not quiet (network/lazy_clocks). UserError where there is no way.
std::vector<TimeBounds> bounded_play(const Schedule& schedule, const Terms& terms, FlowNetwork& flows,
                                     std::span<const NodeId> nodes, std::span<const Time> joined);

}  // namespace syncline::network
