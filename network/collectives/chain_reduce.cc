#include "network/collectives/chain.h"
#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// From the rank behind the root through all others to it.
Schedule schedule(const ScheduleRequest& request) {
  const Chain chain(request);
  const int n = request.ranks, first = (request.roles.root + 1) % n;
  return {n, request.elements, chain.steps(), [chain, n, first](int rank, int step, Moves& out) {
            chain.add_step(out, (rank - first + n) % n, step, true);
            count_from(out, first, n);
          }};
}

std::int64_t wire_elements(const ScheduleRequest& request) { return request.ranks > 1 ? request.elements : 0; }

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  return Chain(request).seconds(alpha, elements_per_second);
}

}  // namespace

const CollectiveRow kChainReduce = {
    "chain-reduce",
    Operation::reduce,
    "Pipelined chain reduce",
    "(n+k-3)(a + p/B) + a + q/B, k pieces of p bytes, the last of q",
    "S",
    "NVIDIA/nccl, src/device/reduce.h: rings through which slices go; a pipeline of k pieces over n - 1 hops",
    "sums grow from rank to rank in pieces, as in NCCL; best for long vectors",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::always,
    Role::root,
    Nics::all,
};

}  // namespace syncline::network
