#include "network/collectives/direct.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// A direct reduce-scatter, then a direct all-gather.
void describe(const Chunks& chunks, int n, int rank, int step, Moves& out) {
  if (step == 0) {
    add_direct_reduce_step(out, chunks, n, rank);
  } else {
    add_direct_gather_step(out, chunks, n, rank);
  }
}

Schedule schedule(const ScheduleRequest& request) {
  const Chunks chunks(request.elements, request.ranks);
  Schedule result{request.ranks, request.elements, request.ranks > 1 ? 2 : 0,
                  [chunks, n = request.ranks](int rank, int step, Moves& out) { describe(chunks, n, rank, step, out); }};
  if (chunks.equal()) result.period = 1;
  return result;
}

/// All but its own chunk, and that to n - 1 others; the first chunk is as long as any.
std::int64_t wire_elements(const ScheduleRequest& request) {
  if (request.ranks == 1) return 0;
  return request.elements + (request.ranks - 2) * Chunk(request.elements, request.ranks, 0).count;
}

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  if (request.ranks == 1) return 0;
  const double n = request.ranks;
  return 2 * (alpha + (n - 1) / n * static_cast<double>(request.elements) / elements_per_second);
}

}  // namespace

const CollectiveRow kDirectAllReduce = {
    "direct-all-reduce",
    Operation::all_reduce,
    "Direct all-reduce",
    "2(a + (n-1)/n S/B)",
    "2(n-1)/n S",
    "Chan, Heimlich, Purkayastha and van de Geijn, Collective communication: theory, practice, and experience, Concurrency and "
    "Computation 19(13), 2007: the two direct halves",
    "every rank sends each part to its owner, who sends the sum to all; two latencies only, but n flows share each link",
    schedule,
    wire_elements,
    closed_form_seconds,
};

}  // namespace syncline::network
