// What one play of a schedule puts on a network: the physical side of a collective's bound.
#pragma once

#include <span>
#include <vector>

#include "network/collective_play.h"
#include "network/collectives/schedule.h"
#include "network/flow_network.h"

namespace syncline::network {

struct CollectiveLoad {
  std::vector<double> seconds;  // [link] that it needs for its bytes
  std::vector<double> sent;     // [rank] bytes on the wire, but for the rounding of each message to whole ones
  Time least_latency = Time::max();
  double greatest_bandwidth = 0;  // of a way from sender to receiver; 0: nothing is sent
};

/// By the links as they are now.
CollectiveLoad collective_load(const Schedule& schedule, const Terms& terms, FlowNetwork& flows, std::span<const NodeId> nodes);

}  // namespace syncline::network
