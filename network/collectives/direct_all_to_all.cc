#include "network/collectives/all_to_all.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

Schedule schedule(const ScheduleRequest& request) {
  const AllToAll blocks(request);
  return blocks.schedule(request.ranks > 1 ? 1 : 0, [blocks, n = request.ranks](int rank, int, Moves& out) {
    for (int distance = 1; distance < n; ++distance) blocks.add(out, rank, distance);
  });
}

std::int64_t wire_elements(const ScheduleRequest& request) { return all_but_one_chunk(request.elements, request.ranks); }

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const double n = request.ranks;
  return (n > 1 ? alpha : 0) + (n - 1) / n * static_cast<double>(request.elements) / elements_per_second;
}

}  // namespace

const CollectiveRow kDirectAllToAll = {
    "direct-all-to-all",
    Operation::all_to_all,
    "Direct all-to-all",
    "a + (n-1)/n S/B",
    "(n-1)/n S",
    "NVIDIA/nccl-tests, src/alltoall.cu",
    "every rank sends to all others at once, as NCCL users write it: one latency, but n flows share each link",
    schedule,
    wire_elements,
    closed_form_seconds,
};

}  // namespace syncline::network
