#include <vector>

#include "network/collectives/chunk.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// A rank pushes, serves and pulls in lanes of their own: no server waits for what its rank does as a worker.
enum Lane { pushing, serving, pulling };

/// Server s of m is rank floor(s n / m), and has shard s: so machines of as many ranks each have as many servers.
struct Layout {
  explicit Layout(const ScheduleRequest& request)
      : ranks(request.ranks),
        servers(servers_of(Operation::all_reduce, request)),
        shards(request.elements, servers),
        server_at(static_cast<std::size_t>(ranks), -1) {
    for (int server = 0; server < servers; ++server) server_at[static_cast<std::size_t>(rank_of(server))] = server;
  }

  int rank_of(int server) const { return static_cast<int>(std::int64_t{server} * ranks / servers); }
  /// The first server at or behind the rank; the number of servers where there is none.
  int first_from(int rank) const { return static_cast<int>((std::int64_t{rank} * servers + ranks - 1) / ranks); }
  /// Turning by the ranks from one server to the next changes nothing.
  int period() const { return shards.equal() && ranks % servers == 0 ? ranks / servers : 0; }

  int ranks, servers;
  Chunks shards;
  std::vector<int> server_at;  // [rank]; -1: none
};

/// Step 0: every rank pushes shard s to server s. Step 1: server s, once it has all, hands the sum to every rank. All begin with
/// the next one, so that not all begin with the same.
void describe(const Layout& layout, int actor, int step, Moves& out) {
  const int n = layout.ranks, lane = actor / n, self = actor % n;
  if (lane == serving) {
    const int server = layout.server_at[static_cast<std::size_t>(self)];
    if (server < 0) return;
    const Chunk shard = layout.shards[server];
    for (int i = 1; i < n; ++i) {
      const int other = (self + i) % n;
      if (step == 0) out.receives.push_back({pushing * n + other, shard.begin, shard.count, true});
      if (step == 1) out.sends.push_back({pulling * n + other, shard.begin, shard.count, false});
    }
    return;
  }
  if (step != (lane == pulling ? 1 : 0)) return;
  for (int i = 0; i < layout.servers; ++i) {
    const int server = (layout.first_from(self) + i) % layout.servers, peer = layout.rank_of(server);
    if (peer == self) continue;
    const Chunk shard = layout.shards[server];
    (lane == pushing ? out.sends : out.receives).push_back({serving * n + peer, shard.begin, shard.count, lane == pushing});
  }
}

Schedule schedule(const ScheduleRequest& request) {
  const Layout layout(request);
  const auto moves = [layout](int actor, int step, Moves& out) { describe(layout, actor, step, out); };
  return {request.ranks, request.elements, request.ranks == 1 ? 0 : 2, moves, 3, layout.period()};
}

/// A server pushes all but its own shard, and hands that to n - 1 others; the first shard is as long as any.
std::int64_t wire_elements(const ScheduleRequest& request) {
  if (request.ranks == 1) return 0;
  return request.elements + (request.ranks - 2) * Layout(request).shards[0].count;
}

/// A server gets a shard from all others, and sends it to them: n - 1 of S/m, which takes as long as what any worker does.
double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  if (request.ranks == 1) return 0;
  const double n = request.ranks, m = servers_of(Operation::all_reduce, request);
  return 2 * (alpha + (n - 1) / m * static_cast<double>(request.elements) / elements_per_second);
}

}  // namespace

const CollectiveRow kParameterServer = {
    "parameter-server",
    Operation::all_reduce,
    "Sharded parameter server",
    "2(a + (n-1)/m S/B), m servers; m = n unless given",
    "S + (n-2)/m S",
    "Li et al., Scaling distributed machine learning with the parameter server, OSDI 2014; servers on workers",
    "every rank, or m of them spread over all, serves a shard: all push it there, and pull the sum; two latencies only, but n "
    "flows share each link",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::always,
    Role::servers,
};

}  // namespace syncline::network
