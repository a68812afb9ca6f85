#include <algorithm>

#include "network/collectives/chunk.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// Step 0: every rank pushes chunk s to rank s. Step 1: rank s, once it has all, hands the sum to every rank.
Schedule schedule(const ScheduleRequest& request) {
  const int n = request.ranks;
  Schedule result{n, request.elements, {}};
  std::vector<std::vector<int>> pushes(static_cast<std::size_t>(n));  // [server]
  for (int server = 0; server < n; ++server) {
    const Chunk chunk(request.elements, n, server);
    for (int rank = 0; rank < n; ++rank) {
      if (rank == server) continue;
      pushes[static_cast<std::size_t>(server)].push_back(static_cast<int>(result.transfers.size()));
      result.transfers.push_back({rank, server, chunk.begin, chunk.count, true, 0, {}});
    }
  }
  for (int server = 0; server < n; ++server) {
    const Chunk chunk(request.elements, n, server);
    for (int rank = 0; rank < n; ++rank) {
      if (rank == server) continue;
      result.transfers.push_back({server, rank, chunk.begin, chunk.count, false, 1, pushes[static_cast<std::size_t>(server)]});
    }
  }
  return result;
}

/// Pushes all but its own chunk, and hands that to n - 1 others; the first chunk is as long as any.
std::int64_t wire_elements(const ScheduleRequest& request) {
  if (request.ranks == 1) return 0;
  return request.elements + (request.ranks - 2) * Chunk(request.elements, request.ranks, 0).count;
}

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  if (request.ranks == 1) return 0;
  const double n = request.ranks;
  return 2 * (alpha + (n - 1) / n * static_cast<double>(request.elements) / elements_per_second);
}

}  // namespace

const CollectiveRow kParameterServer = {
    "parameter-server",
    Operation::all_reduce,
    "Sharded parameter server",
    "2(a + (n-1)/n S/B)",
    "2(n-1)/n S",
    "Li et al., Scaling distributed machine learning with the parameter server, OSDI 2014; one shard on each worker",
    "every rank serves one chunk: all push it there, and pull the sum; two latencies only, but n flows share each link",
    schedule,
    wire_elements,
    closed_form_seconds,
};

}  // namespace syncline::network
