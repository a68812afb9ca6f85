#include "network/collectives/phases.h"
#include "network/collectives/rows.h"
#include "network/collectives/split_tree.h"

namespace syncline::network {
namespace {

Schedule schedule(const ScheduleRequest& request) {
  const SplitTree tree(request);
  const int n = request.ranks, root = request.roles.root;
  return {n, request.elements, tree.steps(), [tree, n, root](int rank, int step, Moves& out) {
            tree.add_step(out, (rank - root + n) % n, step);
            count_from(out, root, n);
          }};
}

/// With S + 1 in place of an odd S.
std::int64_t wire_elements(const ScheduleRequest& request) {
  const SplitTree tree(request);
  return request.ranks == 1 ? 0 : busiest(request.ranks, [&](int place) { return tree.elements_sent(place); });
}

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  return SplitTree(request).least_seconds(alpha, elements_per_second);
}

}  // namespace

const CollectiveRow kSplitTreeBroadcast = {
    "split-tree-broadcast",
    Operation::broadcast,
    "Split binary tree broadcast",
    "(k-1)(a + p/B) + d(a + q/B) + a + S/(2B), d deep, k pieces of p bytes, the last of q",
    "at most 3/2 S",
    "open-mpi/ompi, ompi/mca/coll/base/coll_base_bcast.c, bcast_intra_split_bintree",
    "each half of the vector goes down one side of a binary tree, in pieces; then ranks swap halves with those of the other side",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::never,
    Role::root,
};

}  // namespace syncline::network
