#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

void describe(std::int64_t elements, int n, int root, int rank, Moves& out) {
  if (rank != root) return out.sends.push_back({root, 0, elements, true});
  for (int distance = 1; distance < n; ++distance) out.receives.push_back({(root + distance) % n, 0, elements, true});
}

Schedule schedule(const ScheduleRequest& request) {
  return {request.ranks, request.elements, request.ranks > 1 ? 1 : 0,
          [elements = request.elements, n = request.ranks, root = request.roles.root](int rank, int, Moves& out) {
            describe(elements, n, root, rank, out);
          }};
}

std::int64_t wire_elements(const ScheduleRequest& request) { return request.ranks > 1 ? request.elements : 0; }

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  if (request.ranks == 1) return 0;
  return alpha + (request.ranks - 1) * static_cast<double>(request.elements) / elements_per_second;
}

}  // namespace

const CollectiveRow kDirectReduce = {
    "direct-reduce",
    Operation::reduce,
    "Direct reduce",
    "a + (n-1) S/B",
    "S",
    "open-mpi/ompi, ompi/mca/coll/base/coll_base_reduce.c, reduce_intra_basic_linear",
    "all send their vectors to the root at once: one latency, but the root's link carries n - 1 of them",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::always,
    Role::root,
};

}  // namespace syncline::network
