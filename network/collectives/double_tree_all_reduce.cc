#include <memory>
#include <vector>

#include "network/collectives/double_tree.h"
#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

Schedule schedule(const ScheduleRequest& request) {
  const auto trees = std::make_shared<const DoubleTree>(request);
  return {request.ranks, request.elements, trees->steps(),
          [trees](int actor, int step, Moves& out) { trees->add_step(out, actor, step); }, 2};
}

/// In each tree its half of the elements, to the parent and to each child.
std::int64_t wire_elements(const ScheduleRequest& request) { return DoubleTree(request).most_sent(); }

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  return DoubleTree(request).least_seconds(alpha, elements_per_second);
}

}  // namespace

const CollectiveRow kDoubleTreeAllReduce = {
    "double-tree-all-reduce",
    Operation::all_reduce,
    "Double binary tree all-reduce",
    "max((k-1)(a + p/B) + 2d(a + q/B), a + W/B), at most (k-1+2d)(a + 4p/B), d deep, k pieces of p bytes, the last of q, W sent "
    "by the busiest rank (2 S from 4 ranks on); between them where messages share a link, which the first term leaves out",
    "at most 2 S",
    "Sanders, Speck and Traeff, Two-tree algorithms for full bandwidth broadcast, reduction and scan, Parallel Computing 35(12), "
    "2009; NVIDIA/nccl, src/graph/trees.cc",
    "two trees, each for one half, in pieces; who is inside one tree is a leaf of the other: few steps and all of the bandwidth",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::never,
    Role::none,
    Nics::all,
};

}  // namespace syncline::network
