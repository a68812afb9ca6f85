#include <memory>

#include "network/collectives/machine_trees.h"
#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

Schedule schedule(const ScheduleRequest& request) {
  const auto trees = std::make_shared<const MachineTrees>(request);
  return {request.ranks, request.elements, trees->steps(),
          [trees](int actor, int step, Moves& out) { trees->add_step(out, actor, step); }, 2};
}

/// In each tree its half of the elements, to the parent and to each child.
std::int64_t wire_elements(const ScheduleRequest& request) {
  const MachineTrees trees(request);
  return busiest(request.ranks, [&](int rank) { return trees.elements_sent(rank); });
}

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  return MachineTrees(request).least_seconds(alpha, elements_per_second);
}

}  // namespace

const CollectiveRow kMachineTreeAllReduce = {
    "machine-tree-all-reduce",
    Operation::all_reduce,
    "Trees over machines, chains within them",
    "(k-1)(a + p/B) + 2d(a + q/B), d deep, k pieces of p bytes, the last of q; it leaves out that messages of one rank share "
    "its link: for long vectors up to 3 S/B in place of S/(2 B)",
    "at most 3 S",
    "NVIDIA/nccl, src/graph/connect.cc (connectTrees) and trees.cc; Sanders, Speck and Traeff, Two-tree algorithms for full "
    "bandwidth broadcast, reduction and scan, Parallel Computing 35(12), 2009",
    "as NCCL's tree: a chain in each machine, two binary trees over the machines, each for one half, in pieces",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::never,
    Role::none,
    Nics::all,
};

}  // namespace syncline::network
