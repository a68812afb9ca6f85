// What no play on a network can beat: on links that stay, and on links that change.
#pragma once

#include <span>

#include "models/training/timeline.h"
#include "network/communicator.h"
#include "network/flow_network.h"
#include "sim/simulator.h"

namespace syncline::models {

/// Seconds for such calls, made by all ranks: one after the other on some rank, and each link with all ranks' bytes.
double least_seconds(std::span<const network::CollectiveCall> calls, const network::Communicator& communicator);

/// The network with each link at its best for all of the time. Nothing is played on it.
class BestLinks {
 public:
  /// `network` must outlive this.
  explicit BestLinks(const NetworkProfile& network);

  /// Likewise, whatever links do meanwhile. Where transfers go around links that are down, all that holds is that what a worker
  /// sends leaves by its own links.
  double least_seconds(std::span<const network::CollectiveCall> calls) const;

 private:
  double any_ways(std::span<const network::CollectiveCall> calls) const;

  bool may_go_around_;
  network::Cluster cluster_;
  sim::Simulator simulator_;
  network::FlowNetwork flows_;
  network::Communicator communicator_;
};

}  // namespace syncline::models
