#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// A binomial tree sums up to the root, and hands out.
void describe(std::int64_t elements, int n, int root, int rank, int step, Moves& out) {
  const int depth = tree_depth(n), place = (rank - root + n) % n;
  if (step < depth) {
    add_tree_reduce_step(out, elements, n, place, step);
  } else {
    add_tree_broadcast_step(out, elements, n, place, step - depth);
  }
  count_from(out, root, n);
}

Schedule schedule(const ScheduleRequest& request) {
  return {request.ranks, request.elements, 2 * tree_depth(request.ranks),
          [elements = request.elements, n = request.ranks, root = request.roles.root](int rank, int step, Moves& out) {
            describe(elements, n, root, rank, step, out);
          }};
}

/// The root, that sends to all its children.
std::int64_t wire_elements(const ScheduleRequest& request) { return tree_depth(request.ranks) * request.elements; }

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  return 2 * tree_depth(request.ranks) * (alpha + static_cast<double>(request.elements) / elements_per_second);
}

}  // namespace

const CollectiveRow kTreeAllReduce = {
    "tree-all-reduce",
    Operation::all_reduce,
    "Tree all-reduce",
    "2 ceil(log2 n)(a + S/B)",
    "ceil(log2 n) S",
    "Thakur, Rabenseifner and Gropp, Optimization of collective communication operations in MPICH, IJHPCA 19(1), 2005: a "
    "reduce, then a broadcast, by binomial trees",
    "a binomial tree sums up to a root, and hands out; few steps, but all bytes at each",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::always,
    Role::root,
};

}  // namespace syncline::network
