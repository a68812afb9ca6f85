// How long one collective takes, alone on a cluster, by a stack with a launch and an efficiency.
#pragma once

#include "network/communicator.h"

namespace syncline::network {

inline sim::Task<> call_once(Communicator& communicator, int rank, CollectiveCall call) { co_await communicator.run(rank, call); }

inline Time time_of(const Cluster& cluster, CollectiveCall call) {
  sim::Simulator simulator;
  FlowNetwork flows(simulator, cluster.topology);
  Communicator communicator(simulator, flows, cluster, {"stack", Time::microseconds(5), 0.9, ""});
  for (int rank = 0; rank < static_cast<int>(cluster.workers.size()); ++rank) {
    sim::spawn(simulator, call_once(communicator, rank, call));
  }
  simulator.run();
  return simulator.now();
}

}  // namespace syncline::network
