#include "network/collectives/direct.h"
#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// Sums go around a ring until rank r has chunk r's; then all send theirs to the root at once.
Schedule schedule(const ScheduleRequest& request) {
  const int ring_steps = request.ranks - 1;
  const Chunks chunks(request.elements, request.ranks);
  Schedule result{request.ranks, request.elements, request.ranks > 1 ? ring_steps + 1 : 0,
                  [chunks, ring_steps, n = request.ranks, root = request.roles.root](int rank, int step, Moves& out) {
                    if (step < ring_steps) return add_ring_step(out, chunks, n, rank, step, -1, true);
                    add_direct_root_step(out.sends, out.receives, chunks, n, root, rank);
                  }};
  if (chunks.equal() && ring_steps > 0) result.alike = {{0, ring_steps}};
  return result;
}

/// All but its own chunk, and then, unless it is the root, that.
std::int64_t wire_elements(const ScheduleRequest& request) { return request.ranks > 1 ? request.elements : 0; }

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  if (request.ranks == 1) return 0;
  return ring_seconds(request, alpha, elements_per_second) + alpha +
         static_cast<double>(all_but_roots(request)) / elements_per_second;
}

}  // namespace

const CollectiveRow kRingGatherReduce = {
    "ring-gather-reduce",
    Operation::reduce,
    "Ring reduce-scatter, then gather",
    "n a + 2(n-1)/n S/B",
    "S",
    "facebookincubator/gloo, gloo/reduce.cc",
    "sums go around a ring, and each rank's chunk of them then straight to the root; twice the bytes of the vector, whatever n",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::always,
    Role::root,
};

}  // namespace syncline::network
