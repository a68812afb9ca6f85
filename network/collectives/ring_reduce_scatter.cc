#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// The sum of chunk r starts at rank r + 1 and grows on its way to rank r: n - 1 steps.
Schedule schedule(const ScheduleRequest& request) {
  const Chunks chunks(request.elements, request.ranks);
  Schedule result{
      request.ranks, request.elements, request.ranks - 1,
      [chunks, n = request.ranks](int rank, int step, Moves& out) { add_ring_step(out, chunks, n, rank, step, -1, true); }};
  if (chunks.equal()) {
    result.period = 1;
    result.alike = {{0, result.steps}};
  }
  return result;
}

/// All but the rank's own chunk, and the last one is as short as any.
std::int64_t wire_elements(const ScheduleRequest& request) { return request.elements - request.elements / request.ranks; }

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const double n = request.ranks;
  return (n - 1) * (alpha + static_cast<double>(request.elements) / n / elements_per_second);
}

}  // namespace

const CollectiveRow kRingReduceScatter = {
    "ring-reduce-scatter",
    Operation::reduce_scatter,
    "Ring reduce-scatter",
    "(n-1)(a + S/(nB))",
    "(n-1)/n S",
    "Thakur, Rabenseifner and Gropp, Optimization of collective communication operations in MPICH, IJHPCA 19(1), 2005, section "
    "4.2",
    "each chunk is summed on its way around the ring, and stays with its owner",
    schedule,
    wire_elements,
    closed_form_seconds,
};

}  // namespace syncline::network
