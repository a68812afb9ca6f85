#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// A binomial tree over the ranks counted from the root.
Schedule schedule(const ScheduleRequest& request) {
  const int n = request.ranks, root = request.roles.root;
  return {n, request.elements, tree_depth(n), [n, root, elements = request.elements](int rank, int step, Moves& out) {
            add_tree_broadcast_step(out, elements, n, (rank - root + n) % n, step);
            count_from(out, root, n);
          }};
}

std::int64_t wire_elements(const ScheduleRequest& request) { return tree_depth(request.ranks) * request.elements; }

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  return tree_depth(request.ranks) * (alpha + static_cast<double>(request.elements) / elements_per_second);
}

}  // namespace

const CollectiveRow kBroadcast = {
    "broadcast",
    Operation::broadcast,
    "Binomial-tree broadcast",
    "ceil(log2 n)(a + S/B)",
    "ceil(log2 n) S",
    "Thakur, Rabenseifner and Gropp, Optimization of collective communication operations in MPICH, IJHPCA 19(1), 2005",
    "at each step, every rank that has the data sends all of it to one that has not",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::always,
    Role::root,
};

}  // namespace syncline::network
