#include "network/collectives/block_tree.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// A binomial tree over the ranks counted from the root: each sends the chunks of its whole subtree.
Schedule schedule(const ScheduleRequest& request) {
  const BlockTree tree(request);
  return {request.ranks, request.elements, tree_depth(request.ranks),
          [tree](int rank, int step, Moves& out) { tree.add_gather_step(out, rank, step); }};
}

/// The greatest subtree below the root's, but where the cut is uneven: then whichever has the most.
std::int64_t wire_elements(const ScheduleRequest& request) { return BlockTree(request).greatest_subtree(); }

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  return tree_depth(request.ranks) * alpha + static_cast<double>(all_but_roots(request)) / elements_per_second;
}

}  // namespace

const CollectiveRow kGather = {
    "gather",
    Operation::gather,
    "Binomial-tree gather",
    "ceil(log2 n) a + (n-1)/n S/B",
    "S/2, n a power of two",
    "Chan, Heimlich, Purkayastha and van de Geijn, Collective communication: theory, practice, and experience, Concurrency and "
    "Computation 19(13), 2007",
    "at each step, half of those that are left send all that they have to the others",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::always,
    Role::root,
};

}  // namespace syncline::network
