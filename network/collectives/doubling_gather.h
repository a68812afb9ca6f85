// Recursive doubling, by which every rank's own chunk gets to all.
#pragma once

#include <cstdint>

#include "network/collectives/power_of_two.h"
#include "network/collectives/schedule.h"

namespace syncline::network {

/// Core step s swaps all that both have, with the member whose number differs in bit s.
class DoublingGather {
 public:
  explicit DoublingGather(const ScheduleRequest& request) : core_(request.ranks), chunks_(request.elements, request.ranks) {}

  int steps() const { return core_.steps(core_.depth); }
  void add_step(Moves& moves, int rank, int step) const;
  std::int64_t elements_sent(int rank) const;

 private:
  Core core_;
  Chunks chunks_;
};

/// Where there are extras, their neighbours first get n - 1 chunks, and then send as many.
double doubling_gather_seconds(const ScheduleRequest& request, double alpha, double elements_per_second);

}  // namespace syncline::network
