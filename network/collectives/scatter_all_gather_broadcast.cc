#include "network/collectives/block_tree.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// The root's vector is scattered by a binomial tree, and then goes around a ring. The root gets there what it has already, as in
/// MPICH.
Schedule schedule(const ScheduleRequest& request) {
  const int depth = tree_depth(request.ranks);
  const BlockTree tree(request);
  const Chunks chunks(request.elements, request.ranks);
  Schedule result{request.ranks, request.elements, depth + request.ranks - 1,
                  [tree, chunks, depth, n = request.ranks](int rank, int step, Moves& out) {
                    if (step < depth) return tree.add_scatter_step(out, rank, step);
                    add_ring_step(out, chunks, n, rank, step - depth, 0, false);
                  }};
  if (chunks.equal()) result.alike = {{depth, result.steps}};
  return result;
}

/// Around the ring, rank r sends all but chunk r + 1.
std::int64_t wire_elements(const ScheduleRequest& request) {
  const BlockTree tree(request);
  const Chunks chunks(request.elements, request.ranks);
  return busiest(request.ranks, [&, n = request.ranks](int rank) {
    return tree.scattered_by(rank) + request.elements - chunks[(rank + 1) % n].count;
  });
}

/// The root sends in every step of the scatter, and nobody ends it later.
double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  return tree_depth(request.ranks) * alpha + static_cast<double>(all_but_roots(request)) / elements_per_second +
         ring_seconds(request, alpha, elements_per_second);
}

}  // namespace

const CollectiveRow kScatterAllGatherBroadcast = {
    "scatter-all-gather-broadcast",
    Operation::broadcast,
    "Scatter, then ring all-gather",
    "(ceil(log2 n) + n - 1) a + 2(n-1)/n S/B",
    "2(n-1)/n S",
    "Thakur, Rabenseifner and Gropp, Optimization of collective communication operations in MPICH, IJHPCA 19(1), 2005, who have "
    "it from van de Geijn; pmodels/mpich, bcast_intra_scatter_ring_allgather.c",
    "a binomial tree scatters the vector, a ring gathers it everywhere: twice the bytes of the vector, whatever n; but many "
    "steps",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::always,
    Role::root,
};

}  // namespace syncline::network
