#include "network/collectives/direct.h"
#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

Schedule schedule(const ScheduleRequest& request) {
  const Chunks chunks(request.elements, request.ranks);
  return {request.ranks, request.elements, request.ranks > 1 ? 1 : 0,
          [chunks, n = request.ranks, root = request.roles.root](int rank, int, Moves& out) {
            add_direct_root_step(out.receives, out.sends, chunks, n, root, rank);
          }};
}

std::int64_t wire_elements(const ScheduleRequest& request) { return all_but_roots(request); }

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  return (request.ranks > 1 ? alpha : 0) + static_cast<double>(all_but_roots(request)) / elements_per_second;
}

}  // namespace

const CollectiveRow kDirectScatter = {
    "direct-scatter",
    Operation::scatter,
    "Direct scatter",
    "a + (n-1)/n S/B",
    "(n-1)/n S",
    "NVIDIA/nccl-tests, src/scatter.cu",
    "the root sends to all at once, as NCCL users write it: n - 1 sends in one group",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::always,
    Role::root,
};

}  // namespace syncline::network
