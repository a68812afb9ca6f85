#include "network/collectives/block_tree.h"
#include "network/collectives/doubling_gather.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// The root's vector is scattered by a binomial tree, and then gathered everywhere by recursive doubling.
Schedule schedule(const ScheduleRequest& request) {
  const int depth = tree_depth(request.ranks);
  const BlockTree tree(request);
  const DoublingGather gather(request);
  return {request.ranks, request.elements, depth + gather.steps(), [tree, gather, depth](int rank, int step, Moves& out) {
            if (step < depth) return tree.add_scatter_step(out, rank, step);
            gather.add_step(out, rank, step - depth);
          }};
}

std::int64_t wire_elements(const ScheduleRequest& request) {
  const BlockTree tree(request);
  const DoublingGather gather(request);
  return busiest(request.ranks, [&](int rank) { return tree.scattered_by(rank) + gather.elements_sent(rank); });
}

/// Of the pairs of an extra and its neighbour, one at least ends the scatter as late as the root: places from the core's size on
/// are the only ones that end it earlier, and they are half of those that the pairs take.
double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  return tree_depth(request.ranks) * alpha + static_cast<double>(all_but_roots(request)) / elements_per_second +
         doubling_gather_seconds(request, alpha, elements_per_second);
}

}  // namespace

const CollectiveRow kScatterDoublingBroadcast = {
    "scatter-doubling-broadcast",
    Operation::broadcast,
    "Scatter, then recursive doubling all-gather",
    "2 log2(p) a + 2(n-1)/n S/B, p = n a power of two; else, of the p below, + 3a + (n-1)/n S/B",
    "2(n-1)/n S, more where n > p",
    "Thakur, Rabenseifner and Gropp, Optimization of collective communication operations in MPICH, IJHPCA 19(1), 2005; "
    "pmodels/mpich, bcast_intra_scatter_recursive_doubling_allgather.c",
    "a binomial tree scatters the vector, recursive doubling gathers it everywhere; best for powers of two",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::powers_of_two,
    Role::root,
};

}  // namespace syncline::network
