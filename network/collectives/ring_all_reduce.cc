#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// Reduce-scatter, then all-gather: 2(n - 1) steps of one chunk.
Schedule schedule(const ScheduleRequest& request) {
  const Chunks chunks(request.elements, request.ranks);
  Schedule result{
      request.ranks, request.elements, 2 * (request.ranks - 1),
      [chunks, n = request.ranks](int rank, int step, Moves& out) { add_ring_all_reduce_step(out, chunks, n, rank, step); }};
  if (chunks.equal()) {
    result.period = 1;
    result.alike = {{0, result.steps}};
  }
  return result;
}

std::int64_t wire_elements(const ScheduleRequest& request) {
  return busiest(request.ranks, [&](int i) { return ring_all_reduce_elements(request.elements, request.ranks, i); });
}

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const double n = request.ranks;
  return 2 * (n - 1) * (alpha + static_cast<double>(request.elements) / n / elements_per_second);
}

}  // namespace

const CollectiveRow kRingAllReduce = {
    "ring-all-reduce",
    Operation::all_reduce,
    "Ring all-reduce",
    "2(n-1)(a + S/(nB))",
    "2(n-1)/n S",
    "Patarasuk and Yuan, Bandwidth optimal all-reduce algorithms for clusters of workstations, JPDC 69(2), 2009",
    "each of n chunks goes around the ring twice: summed, then handed out; least bytes, but latency grows with n",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::always,
    Role::none,
    Nics::all,
};

}  // namespace syncline::network
