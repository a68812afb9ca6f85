#include "network/collectives/power_of_two.h"

namespace syncline::network {
namespace {

bool is_host_of_extra(const Core& core, int rank) { return rank < 2 * core.extras && rank % 2 == 0; }

}  // namespace

void add_fold(Moves& moves, const Core& core, int rank, Chunk what, bool reduce) {
  if (core.is_extra(rank)) moves.sends.push_back({rank - 1, what.begin, what.count, reduce});
  if (is_host_of_extra(core, rank)) moves.receives.push_back({rank + 1, what.begin, what.count, reduce});
}

void add_unfold(Moves& moves, const Core& core, int rank, Chunk what) {
  if (is_host_of_extra(core, rank)) moves.sends.push_back({rank + 1, what.begin, what.count, false});
  if (core.is_extra(rank)) moves.receives.push_back({rank - 1, what.begin, what.count, false});
}

}  // namespace syncline::network
