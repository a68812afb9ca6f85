#include <algorithm>
#include <map>

#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

using Machines = std::vector<std::vector<int>>;  // ranks of each; the first of them leads

Machines machines_of(const ScheduleRequest& request) {
  std::map<int, std::size_t> place_of_host;
  Machines machines;
  for (int rank = 0; rank < request.ranks; ++rank) {
    const int host = request.host_of_rank.empty() ? rank : request.host_of_rank[static_cast<std::size_t>(rank)];
    const auto [place, is_new] = place_of_host.try_emplace(host, machines.size());
    if (is_new) machines.emplace_back();
    machines[place->second].push_back(rank);
  }
  return machines;
}

int depth_of(const std::vector<int>& machine) { return tree_depth(static_cast<int>(machine.size())); }

/// Within each machine a tree sums up to the leader; a ring over the leaders; a tree hands out.
Schedule schedule(const ScheduleRequest& request) {
  Schedule result{request.ranks, request.elements, {}};
  Ready ready(static_cast<std::size_t>(request.ranks));
  const Machines machines = machines_of(request);
  std::vector<int> leaders;
  for (const std::vector<int>& machine : machines) leaders.push_back(machine.front());
  for (const std::vector<int>& machine : machines) append_tree_reduce(result, ready, machine);
  append_ring(result, ready, leaders, -1, true);
  append_ring(result, ready, leaders, 0, false);
  for (const std::vector<int>& machine : machines) append_tree_broadcast(result, ready, machine);
  return result;
}

/// No rank sends more than its leader does.
std::int64_t wire_elements(const ScheduleRequest& request) {
  const Machines machines = machines_of(request);
  std::int64_t most = 0;
  for (std::size_t i = 0; i < machines.size(); ++i) {
    const std::int64_t ring = ring_all_reduce_elements(request.elements, static_cast<int>(machines.size()), static_cast<int>(i));
    most = std::max(most, ring + depth_of(machines[i]) * request.elements);
  }
  return most;
}

/// Where machines differ in size, the smallest counts: a longer tree may hide behind the ring of the others.
double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const Machines machines = machines_of(request);
  int depth = depth_of(machines.front());
  for (const std::vector<int>& machine : machines) depth = std::min(depth, depth_of(machine));
  const double m = static_cast<double>(machines.size());
  const double seconds = static_cast<double>(request.elements) / elements_per_second;
  return 2 * depth * (alpha + seconds) + 2 * (m - 1) * (alpha + seconds / m);
}

}  // namespace

const CollectiveRow kHierarchicalAllReduce = {
    "hierarchical-all-reduce",
    Operation::all_reduce,
    "Hierarchical all-reduce",
    "2 ceil(log2 g)(a + S/B) + 2(m-1)(a + S/(mB)), m machines of g ranks",
    "2(m-1)/m S + ceil(log2 g) S",
    "Jia et al., Highly scalable deep learning training system with mixed-precision, arXiv:1807.11205, 2018, section 4.3",
    "sums within each machine, then around a ring of machines, then hands out within each machine",
    schedule,
    wire_elements,
    closed_form_seconds,
};

}  // namespace syncline::network
