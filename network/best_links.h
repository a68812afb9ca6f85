// What no play on a network whose links change can beat: the bound of the network with each link at its best for all of the time.
#pragma once

#include <span>

#include "network/changing_links.h"
#include "network/communicator.h"
#include "network/flow_network.h"
#include "sim/simulator.h"

namespace syncline::network {

/// Nothing is played on it.
class BestLinks {
 public:
  /// UserError as Communicator's.
  BestLinks(const Cluster& cluster, const CommunicationStack& stack, const ChangingLinks& changes);

  /// Communicator::least_seconds, whatever links do meanwhile. Where transfers go around links that are down, all that holds is
  /// that what a worker sends leaves by its own links, or those of its machine's gates.
  double least_seconds(std::span<const CollectiveCall> calls) const;
  /// Communicator::least_link_seconds; nothing where transfers may go around.
  double least_link_seconds(std::span<const CollectiveCall> calls) const;

 private:
  double any_ways(std::span<const CollectiveCall> calls) const;

  bool may_go_around_;
  Time launch_;
  Cluster cluster_;
  sim::Simulator simulator_;
  FlowNetwork flows_;
  Communicator communicator_;
};

}  // namespace syncline::network
