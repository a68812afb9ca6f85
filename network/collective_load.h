// What one play of a schedule puts on a network's links: the physical side of a collective's bound.
#pragma once

#include <span>

#include "network/collectives/schedule.h"
#include "network/flow_network.h"

namespace syncline::network {

struct CollectiveLoad {
  double seconds_per_byte = 0;  // of the most loaded link, for each wire byte that an element is long
  Time least_latency = Time::max();
  double greatest_bandwidth = 0;  // of a way from sender to receiver, bytes per second; 0: nothing is sent
};

/// By the links as they are now. Takes the steps of the ranks within the schedule's period, and one route for each pair.
CollectiveLoad collective_load(const Schedule& schedule, FlowNetwork& flows, std::span<const NodeId> nodes);

}  // namespace syncline::network
