#include "network/collectives/direct.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

Schedule schedule(const ScheduleRequest& request) {
  const Chunks chunks(request.elements, request.ranks);
  Schedule result{request.ranks, request.elements, request.ranks > 1 ? 1 : 0,
                  [chunks, n = request.ranks](int rank, int, Moves& out) { add_direct_reduce_step(out, chunks, n, rank); }};
  if (chunks.equal()) result.period = 1;
  return result;
}

/// All but the rank's own chunk, and the last one is as short as any.
std::int64_t wire_elements(const ScheduleRequest& request) { return all_but_one_chunk(request.elements, request.ranks); }

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const double n = request.ranks;
  return (n > 1 ? alpha : 0) + (n - 1) / n * static_cast<double>(request.elements) / elements_per_second;
}

}  // namespace

const CollectiveRow kDirectReduceScatter = {
    "direct-reduce-scatter",
    Operation::reduce_scatter,
    "Direct reduce-scatter",
    "a + (n-1)/n S/B",
    "(n-1)/n S",
    "Chan, Heimlich, Purkayastha and van de Geijn, Collective communication: theory, practice, and experience, Concurrency and "
    "Computation 19(13), 2007",
    "every rank sends each part to its owner at once: one latency, but n flows share each link",
    schedule,
    wire_elements,
    closed_form_seconds,
};

}  // namespace syncline::network
