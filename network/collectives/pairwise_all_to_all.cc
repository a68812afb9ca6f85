#include "network/collectives/all_to_all.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// At step s every rank sends to the one s + 1 behind it, and receives from the one as far before.
Schedule schedule(const ScheduleRequest& request) {
  const AllToAll blocks(request);
  return blocks.schedule(request.ranks - 1, [blocks](int rank, int step, Moves& out) { blocks.add(out, rank, step + 1); });
}

std::int64_t wire_elements(const ScheduleRequest& request) { return all_but_one_chunk(request.elements, request.ranks); }

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const double n = request.ranks;
  return (n - 1) * (alpha + static_cast<double>(request.elements) / n / elements_per_second);
}

}  // namespace

const CollectiveRow kPairwiseAllToAll = {
    "pairwise-all-to-all",
    Operation::all_to_all,
    "Pairwise all-to-all",
    "(n-1)(a + S/(nB))",
    "(n-1)/n S",
    "Thakur, Rabenseifner and Gropp, Optimization of collective communication operations in MPICH, IJHPCA 19(1), 2005",
    "every rank sends to one and receives from another at a time; links are never shared",
    schedule,
    wire_elements,
    closed_form_seconds,
};

}  // namespace syncline::network
