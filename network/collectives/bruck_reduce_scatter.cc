#include "network/collectives/bruck.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// Bruck's all-gather backwards: what went out to all from its owner comes back to it, summed.
Schedule schedule(const ScheduleRequest& request) {
  const Chunks chunks(request.elements, request.ranks);
  const int n = request.ranks;
  Schedule result{n, request.elements, bruck_steps(n), [chunks, n](int rank, int step, Moves& out) {
                    Moves forwards;
                    add_bruck_gather_step(forwards, chunks, n, rank, bruck_steps(n) - 1 - step);
                    for (Piece piece : forwards.receives) out.sends.push_back({piece.peer, piece.begin, piece.count, true});
                    for (Piece piece : forwards.sends) out.receives.push_back({piece.peer, piece.begin, piece.count, true});
                  }};
  if (chunks.equal()) result.period = 1;
  return result;
}

/// All but the rank's own chunk, and the last one is as short as any.
std::int64_t wire_elements(const ScheduleRequest& request) { return all_but_one_chunk(request.elements, request.ranks); }

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const double n = request.ranks;
  return bruck_steps(request.ranks) * alpha + (n - 1) / n * static_cast<double>(request.elements) / elements_per_second;
}

}  // namespace

const CollectiveRow kBruckReduceScatter = {
    "bruck-reduce-scatter",
    Operation::reduce_scatter,
    "Bruck reduce-scatter",
    "ceil(log2 n) a + (n-1)/n S/B",
    "(n-1)/n S",
    "Bruck et al., Efficient algorithms for all-to-all communications in multiport message-passing systems, IEEE TPDS 8(11), "
    "1997, turned around",
    "the steps of Bruck's all-gather backwards: sums come together at their owners; as few steps for any number of ranks",
    schedule,
    wire_elements,
    closed_form_seconds,
};

}  // namespace syncline::network
