#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// Chunk r starts at rank r and goes around: n - 1 steps.
Schedule schedule(const ScheduleRequest& request) { return ring_schedule(request, 0, false); }

/// Rank r passes on all but chunk r + 1, which ends its way there; the last one is as short as any.
std::int64_t wire_elements(const ScheduleRequest& request) { return all_but_one_chunk(request.elements, request.ranks); }

}  // namespace

const CollectiveRow kRingAllGather = {
    "ring-all-gather",
    Operation::all_gather,
    "Ring all-gather",
    "(n-1)(a + s/B), s = S/n bytes from each rank",
    "(n-1) s",
    "Thakur, Rabenseifner and Gropp, Optimization of collective communication operations in MPICH, IJHPCA 19(1), 2005",
    "each rank's contribution goes around the ring once",
    schedule,
    wire_elements,
    ring_seconds,
    Exact::always,
    Role::none,
    Nics::all,
};

}  // namespace syncline::network
