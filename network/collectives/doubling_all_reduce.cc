#include "network/collectives/power_of_two.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// Core step s swaps and sums all, with the member whose number differs in bit s.
void describe(const Core& core, Chunk all, int rank, int step, Moves& out) {
  const int s = step - core.folds();
  if (s < 0) return add_fold(out, core, rank, all, true);
  if (s >= core.depth) return add_unfold(out, core, rank, all);
  if (core.is_extra(rank)) return;
  const int other = core.rank(core.member(rank) ^ (1 << s));
  out.sends.push_back({other, all.begin, all.count, true});
  out.receives.push_back({other, all.begin, all.count, true});
}

Schedule schedule(const ScheduleRequest& request) {
  const Core core(request.ranks);
  const Chunk all{0, request.elements};
  return {request.ranks, request.elements, core.steps(core.depth),
          [core, all](int rank, int step, Moves& out) { describe(core, all, rank, step, out); }};
}

/// A member sends all at each step, and once more to its extra.
std::int64_t wire_elements(const ScheduleRequest& request) {
  const Core core(request.ranks);
  return (core.depth + core.folds()) * request.elements;
}

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const Core core(request.ranks);
  return core.steps(core.depth) * (alpha + static_cast<double>(request.elements) / elements_per_second);
}

}  // namespace

const CollectiveRow kDoublingAllReduce = {
    "doubling-all-reduce",
    Operation::all_reduce,
    "Recursive doubling all-reduce",
    "log2(p)(a + S/B), p = n a power of two; else, of the p below, + 2(a + S/B)",
    "log2(p) S, + S where n > p",
    "Thakur, Rabenseifner and Gropp, Optimization of collective communication operations in MPICH, IJHPCA 19(1), 2005",
    "whole vectors are swapped and summed with ever farther ranks; fewest steps, but all bytes at each; best for short vectors",
    schedule,
    wire_elements,
    closed_form_seconds,
};

}  // namespace syncline::network
