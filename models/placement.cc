#include "models/placement.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "sim/error.h"
#include "sim/random.h"

namespace syncline::models {
namespace {

using network::NodeId;

/// The switch that a worker's machine hangs on, by the last link that was added to it (its first ones are inside the machine);
/// the machine itself, where it hangs on none.
NodeId rack_of(const network::Cluster& cluster, int worker) {
  const int host = cluster.host_of_worker[static_cast<std::size_t>(worker)];
  NodeId port = cluster.workers[static_cast<std::size_t>(worker)];
  if (static_cast<std::size_t>(host) < cluster.nics.size()) port = cluster.nics[static_cast<std::size_t>(host)].front();
  NodeId rack = port;
  for (const network::Link& link : cluster.topology.links()) {
    if (link.from == port && cluster.topology.node(link.to).kind == network::NodeKind::network_switch) rack = link.to;
  }
  return rack;
}

class Placer {
 public:
  Placer(const network::Cluster& cluster, std::uint64_t seed)
      : cluster_(cluster), seed_(seed), taken_(cluster.workers.size(), 0) {}

  std::vector<int> take(std::vector<int> workers) {
    for (const int worker : workers) {
      SYNCLINE_CHECK(worker >= 0 && static_cast<std::size_t>(worker) < taken_.size(), "a job on a worker that is not there");
      char& taken = taken_[static_cast<std::size_t>(worker)];
      SYNCLINE_CHECK(!taken, "two jobs on one worker");
      taken = 1;
    }
    return workers;
  }

  std::vector<int> choose(const PlacementRequest& request) const {
    std::vector<int> chosen = free_workers();
    const auto count = static_cast<std::size_t>(request.count);
    SYNCLINE_CHECK(request.count > 0 && count <= chosen.size(), "no workers for job " + request.name);
    if (request.how == Placement::spread) return spread(chosen, count);
    if (request.how == Placement::random) {
      sim::RandomStream random(seed_, "placement of " + request.name);
      random.shuffle(std::span(chosen));
    }
    chosen.resize(count);
    std::ranges::sort(chosen);
    return chosen;
  }

 private:
  std::vector<int> free_workers() const {
    std::vector<int> free;
    for (std::size_t worker = 0; worker < taken_.size(); ++worker) {
      if (!taken_[worker]) free.push_back(static_cast<int>(worker));
    }
    return free;
  }

  std::vector<int> spread(std::vector<int> free, std::size_t count) const {
    std::map<int, NodeId> racks;  // [worker]
    for (const int worker : free) racks[worker] = rack_of(cluster_, worker);
    std::map<NodeId, int> in_rack;
    std::map<int, int> in_machine;  // workers of this job
    std::vector<int> chosen;
    while (chosen.size() < count) {
      const auto next = std::ranges::min_element(free, {}, [&](int worker) {
        return std::tuple(in_rack[racks[worker]], in_machine[cluster_.host_of_worker[static_cast<std::size_t>(worker)]], worker);
      });
      ++in_rack[racks[*next]];
      ++in_machine[cluster_.host_of_worker[static_cast<std::size_t>(*next)]];
      chosen.push_back(*next);
      free.erase(next);
    }
    std::ranges::sort(chosen);
    return chosen;
  }

  const network::Cluster& cluster_;
  std::uint64_t seed_;
  std::vector<char> taken_;  // [worker]
};

}  // namespace

std::vector<std::vector<int>> place(std::span<const PlacementRequest> requests, const network::Cluster& cluster,
                                    std::uint64_t seed) {
  Placer placer(cluster, seed);
  std::vector<std::vector<int>> placed(requests.size());
  for (const bool listed : {true, false}) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (requests[i].listed.empty() == listed) continue;
      placed[i] = placer.take(listed ? requests[i].listed : placer.choose(requests[i]));
    }
  }
  return placed;
}

}  // namespace syncline::models
