#include <algorithm>

#include "network/collectives/power_of_two.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// What core member i still sums after halving step s, in which it kept the half that bit s of i names.
Chunk kept(const Core& core, const Chunks& parts, int i, int s) {
  int first = 0;
  for (int bit = 0; bit <= s; ++bit) first += (i >> bit & 1) * (core.size >> (bit + 1));
  return chunks_between(parts, first, first + (core.size >> (s + 1)));
}

/// Halving step s with the member whose number differs in bit s; then the same way back, doubling.
void describe(const Core& core, const Chunks& parts, Chunk all, int rank, int step, Moves& out) {
  const int s = step - core.folds();
  if (s < 0) return add_fold(out, core, rank, all, true);
  if (s >= 2 * core.depth) return add_unfold(out, core, rank, all);
  if (core.is_extra(rank)) return;
  const bool halving = s < core.depth;
  const int bit = halving ? s : 2 * core.depth - 1 - s;
  const int self = core.member(rank), other = self ^ (1 << bit);
  const Chunk mine = kept(core, parts, self, bit), theirs = kept(core, parts, other, bit);
  const Chunk sent = halving ? theirs : mine, received = halving ? mine : theirs;
  out.sends.push_back({core.rank(other), sent.begin, sent.count, halving});
  out.receives.push_back({core.rank(other), received.begin, received.count, halving});
}

Schedule schedule(const ScheduleRequest& request) {
  const Core core(request.ranks);
  const Chunks parts(request.elements, core.size);
  const Chunk all{0, request.elements};
  return {request.ranks, request.elements, core.steps(2 * core.depth),
          [core, parts, all](int rank, int step, Moves& out) { describe(core, parts, all, rank, step, out); }};
}

/// A member sends all but its last part while halving, and each half that it kept while doubling; all once more to its extra.
std::int64_t wire_elements(const ScheduleRequest& request) {
  const Core core(request.ranks);
  const Chunks parts(request.elements, core.size);
  std::int64_t most = 0;
  for (int i = 0; i < core.size && core.depth > 0; ++i) {
    std::int64_t sent = request.elements - kept(core, parts, i, core.depth - 1).count;
    for (int s = 0; s < core.depth; ++s) sent += kept(core, parts, i, s).count;
    most = std::max(most, sent + (core.has_extra(i) ? request.elements : 0));
  }
  return most;
}

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const Core core(request.ranks);
  const double whole = static_cast<double>(request.elements) / elements_per_second;
  return core.steps(2 * core.depth) * alpha + (2 * core.folds() + 2.0 * (core.size - 1) / core.size) * whole;
}

}  // namespace

const CollectiveRow kHalvingDoublingAllReduce = {
    "halving-doubling-all-reduce",
    Operation::all_reduce,
    "Recursive halving and doubling all-reduce",
    "2 log2(p) a + 2(p-1)/p S/B, p = n a power of two; else, of the p below, + 2(a + S/B)",
    "2(p-1)/p S, + S where n > p",
    "Thakur, Rabenseifner and Gropp, Optimization of collective communication operations in MPICH, IJHPCA 19(1), 2005 "
    "(Rabenseifner)",
    "halves are swapped and summed with ever farther ranks, then handed back; few steps and least bytes, but best for powers of "
    "two",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::powers_of_two,
};

}  // namespace syncline::network
