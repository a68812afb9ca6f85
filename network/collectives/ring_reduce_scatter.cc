#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// The sum of chunk r starts at rank r + 1 and grows on its way to rank r: n - 1 steps.
Schedule schedule(const ScheduleRequest& request) { return ring_schedule(request, -1, true); }

/// All but the rank's own chunk, and the last one is as short as any.
std::int64_t wire_elements(const ScheduleRequest& request) { return all_but_one_chunk(request.elements, request.ranks); }

}  // namespace

const CollectiveRow kRingReduceScatter = {
    "ring-reduce-scatter",
    Operation::reduce_scatter,
    "Ring reduce-scatter",
    "(n-1)(a + S/(nB))",
    "(n-1)/n S",
    "Thakur, Rabenseifner and Gropp, Optimization of collective communication operations in MPICH, IJHPCA 19(1), 2005",
    "each chunk is summed on its way around the ring, and stays with its owner",
    schedule,
    wire_elements,
    ring_seconds,
    Exact::always,
    Role::none,
    Nics::all,
};

}  // namespace syncline::network
