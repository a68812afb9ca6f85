#include "network/collectives/direct.h"
#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

Schedule schedule(const ScheduleRequest& request) {
  const Chunks chunks(request.elements, request.ranks);
  return {request.ranks, request.elements, request.ranks > 1 ? 1 : 0,
          [chunks, n = request.ranks, root = request.roles.root](int rank, int, Moves& out) {
            add_direct_root_step(out.sends, out.receives, chunks, n, root, rank);
          }};
}

/// The longest chunk that is not the root's.
std::int64_t wire_elements(const ScheduleRequest& request) {
  const Chunks chunks(request.elements, request.ranks);
  return request.ranks == 1 ? 0 : chunks[request.roles.root == 0 ? 1 : 0].count;
}

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  return (request.ranks > 1 ? alpha : 0) + static_cast<double>(all_but_roots(request)) / elements_per_second;
}

}  // namespace

const CollectiveRow kDirectGather = {
    "direct-gather",
    Operation::gather,
    "Direct gather",
    "a + (n-1)/n S/B",
    "S/n",
    "NVIDIA/nccl-tests, src/gather.cu",
    "all send to the root at once, as NCCL users write it: n - 1 receives in one group",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::always,
    Role::root,
};

}  // namespace syncline::network
