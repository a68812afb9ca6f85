#include <algorithm>

#include "network/collectives/power_of_two.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// Core step s halves what is summed, with the member whose number differs in the highest bit that is left.
void describe(const Core& core, const Chunks& chunks, int rank, int step, Moves& out) {
  const int s = step - core.folds();
  if (s < 0) return add_fold(out, core, rank, chunks_between(chunks, 0, core.size + core.extras), true);
  if (s >= core.depth) return add_unfold(out, core, rank, chunks[rank | 1]);
  if (core.is_extra(rank)) return;
  const int width = core.size >> (s + 1);
  const int self = core.member(rank), other = self ^ width;
  const Chunk mine = block_of(core, chunks, self, width), theirs = block_of(core, chunks, other, width);
  out.sends.push_back({core.rank(other), theirs.begin, theirs.count, true});
  out.receives.push_back({core.rank(other), mine.begin, mine.count, true});
}

Schedule schedule(const ScheduleRequest& request) {
  const Core core(request.ranks);
  const Chunks chunks(request.elements, request.ranks);
  return {request.ranks, request.elements, core.steps(core.depth),
          [core, chunks](int rank, int step, Moves& out) { describe(core, chunks, rank, step, out); }};
}

/// A member sends all but its own block while halving, and its extra's chunk; an extra sends all.
std::int64_t wire_elements(const ScheduleRequest& request) {
  const Core core(request.ranks);
  const Chunks chunks(request.elements, request.ranks);
  std::int64_t most = core.extras > 0 ? request.elements : 0;
  for (int i = 0; i < core.size; ++i) {
    const std::int64_t extra = core.has_extra(i) ? chunks[2 * i + 1].count : 0;
    most = std::max(most, request.elements - block_of(core, chunks, i, 1).count + extra);
  }
  return most;
}

/// Where there are extras: all of the vector, all but two chunks of it, and one chunk.
double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const Core core(request.ranks);
  const double n = request.ranks;
  return core.steps(core.depth) * alpha +
         (core.folds() + (n - 1) / n) * static_cast<double>(request.elements) / elements_per_second;
}

}  // namespace

const CollectiveRow kHalvingReduceScatter = {
    "halving-reduce-scatter",
    Operation::reduce_scatter,
    "Recursive halving reduce-scatter",
    "log2(p) a + (n-1)/n S/B, p = n a power of two; else, of the p below, + 2a + S/B",
    "(n-1)/n S, S where n > p",
    "Thakur, Rabenseifner and Gropp, Optimization of collective communication operations in MPICH, IJHPCA 19(1), 2005",
    "halves are swapped and summed with ever nearer ranks: recursive doubling, turned around; best for powers of two",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::powers_of_two,
};

}  // namespace syncline::network
