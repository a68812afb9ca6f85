// A chain of ranks through which a vector goes in pieces.
#pragma once

#include "network/collectives/pipeline.h"
#include "network/collectives/schedule.h"

namespace syncline::network {

/// Places 0 to n - 1; place i passes piece p on to place i + 1 at step i + p.
struct Chain {
  explicit Chain(const ScheduleRequest& request) : ranks(request.ranks), pieces({0, request.elements}) {}

  int steps() const { return ranks == 1 ? 0 : ranks + pieces.count() - 2; }
  void add_step(Moves& moves, int place, int step, bool reduce) const;
  /// Exactly: all steps but the last take a full piece.
  double seconds(double alpha, double elements_per_second) const;

  int ranks;
  Pipeline pieces;
};

}  // namespace syncline::network
