#include "network/collectives/doubling_gather.h"
#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

Schedule schedule(const ScheduleRequest& request) {
  const DoublingGather gather(request);
  return {request.ranks, request.elements, gather.steps(),
          [gather](int rank, int step, Moves& out) { gather.add_step(out, rank, step); }};
}

std::int64_t wire_elements(const ScheduleRequest& request) {
  const DoublingGather gather(request);
  return busiest(request.ranks, [&](int rank) { return gather.elements_sent(rank); });
}

}  // namespace

const CollectiveRow kDoublingAllGather = {
    "doubling-all-gather",
    Operation::all_gather,
    "Recursive doubling all-gather",
    "log2(p) a + (n-1)s/B, p = n a power of two; else, of the p below, + 2a + (n-1)s/B",
    "(n-1) s, more where n > p",
    "Thakur, Rabenseifner and Gropp, Optimization of collective communication operations in MPICH, IJHPCA 19(1), 2005",
    "what both have is swapped with ever farther ranks, twice as much at each step; best for powers of two",
    schedule,
    wire_elements,
    doubling_gather_seconds,
    Exact::powers_of_two,
};

}  // namespace syncline::network
