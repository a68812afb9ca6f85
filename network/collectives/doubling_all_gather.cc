#include "network/collectives/power_of_two.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// Core step s swaps all that both have, with the member whose number differs in bit s.
void describe(const Core& core, const Chunks& chunks, int rank, int step, Moves& out) {
  const int s = step - core.folds();
  if (s < 0) return add_fold(out, core, rank, chunks[rank | 1], false);
  if (s >= core.depth) {
    const int extra = rank | 1;
    add_unfold(out, core, rank, chunks_between(chunks, 0, extra));
    return add_unfold(out, core, rank, chunks_between(chunks, extra + 1, core.size + core.extras));
  }
  if (core.is_extra(rank)) return;
  const int self = core.member(rank), other = self ^ (1 << s);
  const Chunk mine = block_of(core, chunks, self, 1 << s), theirs = block_of(core, chunks, other, 1 << s);
  out.sends.push_back({core.rank(other), mine.begin, mine.count, false});
  out.receives.push_back({core.rank(other), theirs.begin, theirs.count, false});
}

Schedule schedule(const ScheduleRequest& request) {
  const Core core(request.ranks);
  const Chunks chunks(request.elements, request.ranks);
  return {request.ranks, request.elements, core.steps(core.depth),
          [core, chunks](int rank, int step, Moves& out) { describe(core, chunks, rank, step, out); }};
}

/// A member sends the block of each step, and all but the extra's chunk to its extra.
std::int64_t wire_elements(const ScheduleRequest& request) {
  const Core core(request.ranks);
  const Chunks chunks(request.elements, request.ranks);
  std::int64_t most = 0;
  for (int i = 0; i < core.size; ++i) {
    std::int64_t sent = core.has_extra(i) ? request.elements - chunks[2 * i + 1].count : 0;
    for (int s = 0; s < core.depth; ++s) sent += block_of(core, chunks, i, 1 << s).count;
    most = std::max(most, sent);
  }
  return most;
}

/// Where there are extras, their neighbours first get n - 1 chunks, and then send as many.
double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const Core core(request.ranks);
  const double n = request.ranks;
  return core.steps(core.depth) * alpha +
         (1 + core.folds()) * (n - 1) / n * static_cast<double>(request.elements) / elements_per_second;
}

}  // namespace

const CollectiveRow kDoublingAllGather = {
    "doubling-all-gather",
    Operation::all_gather,
    "Recursive doubling all-gather",
    "log2(p) a + (n-1)s/B, p = n a power of two; else, of the p below, + 2a + (n-1)s/B",
    "(n-1) s, more where n > p",
    "Thakur, Rabenseifner and Gropp, Optimization of collective communication operations in MPICH, IJHPCA 19(1), 2005, section "
    "4.1",
    "what both have is swapped with ever farther ranks, twice as much at each step; best for powers of two",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::powers_of_two,
};

}  // namespace syncline::network
