#include "network/collectives/bruck.h"
#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

Schedule schedule(const ScheduleRequest& request) {
  const Chunks chunks(request.elements, request.ranks);
  const int n = request.ranks;
  Schedule result{n, request.elements, bruck_steps(n),
                  [chunks, n](int rank, int step, Moves& out) { add_bruck_gather_step(out, chunks, n, rank, step); }};
  if (chunks.equal()) result.period = 1;
  return result;
}

/// A rank's own chunk goes out at every step.
std::int64_t wire_elements(const ScheduleRequest& request) {
  const Chunks chunks(request.elements, request.ranks);
  return busiest(request.ranks, [&](int rank) {
    std::int64_t sent = 0;
    for (int s = 0; s < bruck_steps(request.ranks); ++s) sent += bruck_elements(chunks, request.ranks, rank, s);
    return sent;
  });
}

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const double n = request.ranks;
  return bruck_steps(request.ranks) * alpha + (n - 1) / n * static_cast<double>(request.elements) / elements_per_second;
}

}  // namespace

const CollectiveRow kBruckAllGather = {
    "bruck-all-gather",
    Operation::all_gather,
    "Bruck all-gather",
    "ceil(log2 n) a + (n-1)s/B",
    "(n-1) s",
    "Bruck et al., Efficient algorithms for all-to-all communications in multiport message-passing systems, IEEE TPDS 8(11), "
    "1997",
    "each rank passes all that it has to the one before it by 1, 2, 4, ...; as few steps for any number of ranks",
    schedule,
    wire_elements,
    closed_form_seconds,
};

}  // namespace syncline::network
