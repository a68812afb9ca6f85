#include <algorithm>

#include "network/collectives/power_of_two.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// The vector is cut among the core's members. While halving, member i ends with the sum of part i. Gather step t: of those whose
/// lowest t bits are the root's, who differs in bit t sends its block of 2^t parts to the one that does not. A root that is too
/// many for the core changes places with its neighbour there (MPICH sends it one part more instead).
struct Layout {
  explicit Layout(const ScheduleRequest& request)
      : core(request.ranks), parts(request.elements, core.size), all{0, request.elements}, root(request.roles.root) {}

  /// The root's and its neighbour's places are swapped where the root is an extra; its own inverse.
  int placed(int rank) const {
    if (!core.is_extra(root) || (rank | 1) != root) return rank;
    return rank ^ 1;
  }
  int root_member() const { return core.member(placed(root)); }
  Chunk block(int member, int width) const {
    const int first = member & ~(width - 1);
    return chunks_between(parts, first, first + width);
  }

  Core core;
  Chunks parts;
  Chunk all;
  int root;
};

void add_halving(Moves& moves, const Layout& layout, int self, int s) {
  const int width = layout.core.size >> (s + 1), other = self ^ width;
  const Chunk mine = layout.block(self, width), theirs = layout.block(other, width);
  moves.sends.push_back({layout.core.rank(other), theirs.begin, theirs.count, true});
  moves.receives.push_back({layout.core.rank(other), mine.begin, mine.count, true});
}

void add_gathering(Moves& moves, const Layout& layout, int self, int t) {
  const int bit = 1 << t, differs = self ^ layout.root_member();
  if ((differs & (bit - 1)) != 0) return;
  const int other = self ^ bit;
  if ((differs & bit) != 0) {
    const Chunk block = layout.block(self, bit);
    moves.sends.push_back({layout.core.rank(other), block.begin, block.count, false});
  } else {
    const Chunk block = layout.block(other, bit);
    moves.receives.push_back({layout.core.rank(other), block.begin, block.count, false});
  }
}

void describe(const Layout& layout, int rank, int step, Moves& out) {
  const int place = layout.placed(rank), s = step - layout.core.folds();
  if (s < 0) {
    add_fold(out, layout.core, place, layout.all, true);
  } else if (!layout.core.is_extra(place)) {
    const int self = layout.core.member(place);
    if (s < layout.core.depth) add_halving(out, layout, self, s);
    if (s >= layout.core.depth) add_gathering(out, layout, self, s - layout.core.depth);
  }
  for (Piece& piece : out.sends) piece.peer = layout.placed(piece.peer);
  for (Piece& piece : out.receives) piece.peer = layout.placed(piece.peer);
}

Schedule schedule(const ScheduleRequest& request) {
  const Layout layout(request);
  return {request.ranks, request.elements, layout.core.folds() + 2 * layout.core.depth,
          [layout](int rank, int step, Moves& out) { describe(layout, rank, step, out); }};
}

/// An extra sends all; a member all but its part, and then the block that it has gathered.
std::int64_t wire_elements(const ScheduleRequest& request) {
  const Layout layout(request);
  std::int64_t most = layout.core.extras > 0 ? request.elements : 0;
  for (int i = 0; i < layout.core.size; ++i) {
    const int differs = i ^ layout.root_member();
    const std::int64_t gathered = differs == 0 ? 0 : layout.block(i, differs & -differs).count;
    most = std::max(most, request.elements - layout.block(i, 1).count + gathered);
  }
  return most;
}

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const Core core(request.ranks);
  const double whole = static_cast<double>(request.elements) / elements_per_second;
  return (core.folds() + 2 * core.depth) * alpha + (core.folds() + 2.0 * (core.size - 1) / core.size) * whole;
}

}  // namespace

const CollectiveRow kHalvingGatherReduce = {
    "halving-gather-reduce",
    Operation::reduce,
    "Rabenseifner's reduce",
    "2 log2(p) a + 2(p-1)/p S/B, p = n a power of two; else, of the p below, + a + S/B",
    "(3/2 - 1/p) S",
    "Rabenseifner, Optimization of collective reduction operations, ICCS 2004; pmodels/mpich, "
    "reduce_intra_reduce_scatter_gather.c",
    "a reduce-scatter by recursive halving, then a gather by a binomial tree: twice the bytes of the vector, whatever n",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::powers_of_two,
    Role::root,
};

}  // namespace syncline::network
