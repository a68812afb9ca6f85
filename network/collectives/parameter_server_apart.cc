#include <algorithm>

#include "network/collectives/chunk.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

/// A worker pushes in one lane and pulls in another; a server does both in the first.
void describe(const Chunks& shards, int n, int servers, int actor, int step, Moves& out) {
  const int workers = n - servers, self = actor % n;
  const bool pulling = actor >= n;
  if (self < workers) {
    if (step != (pulling ? 1 : 0)) return;
    for (int i = 0; i < servers; ++i) {
      const int server = (self + i) % servers;
      const Piece piece{workers + server, shards[server].begin, shards[server].count, !pulling};
      (pulling ? out.receives : out.sends).push_back(piece);
    }
  } else if (!pulling) {
    const Chunk shard = shards[self - workers];
    for (int worker = 0; worker < workers; ++worker) {
      const int lane = step == 0 ? 0 : n;
      (step == 0 ? out.receives : out.sends).push_back({lane + worker, shard.begin, shard.count, step == 0});
    }
  }
}

int servers_of(const ScheduleRequest& request) { return network::servers_of(Operation::push_pull, request); }

Schedule schedule(const ScheduleRequest& request) {
  const int servers = servers_of(request);
  if (servers == 0) return {request.ranks, request.elements, 0, [](int, int, Moves&) {}};
  return {request.ranks, request.elements, 2,
          [shards = Chunks(request.elements, servers), n = request.ranks, servers](int actor, int step, Moves& out) {
            describe(shards, n, servers, actor, step, out);
          },
          2};
}

/// A worker sends all; a server its shard to every worker.
std::int64_t wire_elements(const ScheduleRequest& request) {
  const int servers = servers_of(request);
  if (servers == 0) return 0;
  return std::max(request.elements, (request.ranks - servers) * Chunk(request.elements, servers, 0).count);
}

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const int servers = servers_of(request);
  if (servers == 0) return 0;
  const double crowd = std::max(1.0, static_cast<double>(request.ranks - servers) / servers);
  return 2 * (alpha + crowd * static_cast<double>(request.elements) / elements_per_second);
}

}  // namespace

const CollectiveRow kParameterServerApart = {
    "parameter-server-apart",
    Operation::push_pull,
    "Parameter servers of their own",
    "2(a + max(1, w/m) S/B), w workers, m servers",
    "max(1, w/m) S",
    "Li et al., Scaling distributed machine learning with the parameter server, OSDI 2014",
    "m ranks serve a shard each and do nothing else; all others push all shards there, and pull the sums; one server is the "
    "central one",
    schedule,
    wire_elements,
    closed_form_seconds,
    Exact::always,
    Role::servers,
};

}  // namespace syncline::network
