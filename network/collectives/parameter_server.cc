#include "network/collectives/chunk.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// A rank pushes, serves and pulls in lanes of their own: no server waits for what its rank does as a worker.
enum Lane { pushing, serving, pulling };

/// Step 0: every rank pushes chunk s to server s. Step 1: server s, once it has all, hands the sum to every rank.
void describe(const Chunks& chunks, int n, int actor, int step, Moves& out) {
  const int lane = actor / n, self = actor % n;
  if (step != (lane == pulling ? 1 : 0) && lane != serving) return;
  for (int i = 1; i < n; ++i) {
    const int other = (self + i) % n;
    const Chunk chunk = chunks[lane == serving ? self : other];
    if (lane == pushing) out.sends.push_back({serving * n + other, chunk.begin, chunk.count, true});
    if (lane == pulling) out.receives.push_back({serving * n + other, chunk.begin, chunk.count, false});
    if (lane == serving && step == 0) out.receives.push_back({pushing * n + other, chunk.begin, chunk.count, true});
    if (lane == serving && step == 1) out.sends.push_back({pulling * n + other, chunk.begin, chunk.count, false});
  }
}

Schedule schedule(const ScheduleRequest& request) {
  const int n = request.ranks;
  const Chunks chunks(request.elements, n);
  const auto moves = [chunks, n](int actor, int step, Moves& out) { describe(chunks, n, actor, step, out); };
  return {n, request.elements, n == 1 ? 0 : 2, moves, 3, chunks.equal() ? 1 : 0};
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
