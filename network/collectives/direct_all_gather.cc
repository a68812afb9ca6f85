#include "network/collectives/direct.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

Schedule schedule(const ScheduleRequest& request) {
  const Chunks chunks(request.elements, request.ranks);
  Schedule result{request.ranks, request.elements, request.ranks > 1 ? 1 : 0,
                  [chunks, n = request.ranks](int rank, int, Moves& out) { add_direct_gather_step(out, chunks, n, rank); }};
  if (chunks.equal()) result.period = 1;
  return result;
}

/// The first chunk is as long as any.
std::int64_t wire_elements(const ScheduleRequest& request) {
  return (request.ranks - 1) * Chunk(request.elements, request.ranks, 0).count;
}

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const double n = request.ranks;
  return (n > 1 ? alpha : 0) + (n - 1) / n * static_cast<double>(request.elements) / elements_per_second;
}

}  // namespace

const CollectiveRow kDirectAllGather = {
    "direct-all-gather",
    Operation::all_gather,
    "Direct all-gather",
    "a + (n-1)s/B",
    "(n-1) s",
    "Chan, Heimlich, Purkayastha and van de Geijn, Collective communication: theory, practice, and experience, Concurrency and "
    "Computation 19(13), 2007",
    "every rank sends its part to all others at once: one latency, but n flows share each link",
    schedule,
    wire_elements,
    closed_form_seconds,
};

}  // namespace syncline::network
