#include "network/collectives/block_tree.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// A gather, turned around.
Schedule schedule(const ScheduleRequest& request) {
  const BlockTree tree(request);
  return {request.ranks, request.elements, tree_depth(request.ranks),
          [tree](int rank, int step, Moves& out) { tree.add_scatter_step(out, rank, step); }};
}

std::int64_t wire_elements(const ScheduleRequest& request) { return all_but_roots(request); }

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  return tree_depth(request.ranks) * alpha + static_cast<double>(all_but_roots(request)) / elements_per_second;
}

}  // namespace

const CollectiveRow kScatter = {
    "scatter",
    Operation::scatter,
    "Binomial-tree scatter",
    "ceil(log2 n) a + (n-1)/n S/B",
    "(n-1)/n S",
    "Chan, Heimlich, Purkayastha and van de Geijn, Collective communication: theory, practice, and experience, Concurrency and "
    "Computation 19(13), 2007",
    "at each step, who has something hands on half of it",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::always,
    Role::root,
};

}  // namespace syncline::network
