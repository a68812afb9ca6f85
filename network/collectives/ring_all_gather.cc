#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// Chunk r starts at rank r and goes around: n - 1 steps.
Schedule schedule(const ScheduleRequest& request) {
  const Chunks chunks(request.elements, request.ranks);
  Schedule result{
      request.ranks, request.elements, request.ranks - 1,
      [chunks, n = request.ranks](int rank, int step, Moves& out) { add_ring_step(out, chunks, n, rank, step, 0, false); }};
  if (chunks.equal()) {
    result.period = 1;
    result.alike = {{0, result.steps}};
  }
  return result;
}

/// Rank r passes on all but chunk r + 1, which ends its way there; the last one is as short as any.
std::int64_t wire_elements(const ScheduleRequest& request) { return request.elements - request.elements / request.ranks; }

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const double n = request.ranks;
  return (n - 1) * (alpha + static_cast<double>(request.elements) / n / elements_per_second);
}

}  // namespace

const CollectiveRow kRingAllGather = {
    "ring-all-gather",
    Operation::all_gather,
    "Ring all-gather",
    "(n-1)(a + s/B), s = S/n bytes from each rank",
    "(n-1) s",
    "Thakur, Rabenseifner and Gropp, Optimization of collective communication operations in MPICH, IJHPCA 19(1), 2005, section "
    "4.1",
    "each rank's contribution goes around the ring once",
    schedule,
    wire_elements,
    closed_form_seconds,
};

}  // namespace syncline::network
