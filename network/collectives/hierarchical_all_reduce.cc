#include <algorithm>
#include <memory>
#include <vector>

#include "network/collectives/phases.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

int depth_of(const std::vector<int>& machine) { return tree_depth(static_cast<int>(machine.size())); }

/// Who is where, and what each phase takes.
struct Layout {
  explicit Layout(const ScheduleRequest& request)
      : elements(request.elements),
        machines(machines_of(request)),
        chunks(request.elements, static_cast<int>(machines.size())),
        machine_of(static_cast<std::size_t>(request.ranks)),
        place_of(static_cast<std::size_t>(request.ranks)) {
    for (std::size_t m = 0; m < machines.size(); ++m) {
      leaders.push_back(machines[m].front());
      depth = std::max(depth, depth_of(machines[m]));
      for (std::size_t i = 0; i < machines[m].size(); ++i) {
        machine_of[static_cast<std::size_t>(machines[m][i])] = static_cast<int>(m);
        place_of[static_cast<std::size_t>(machines[m][i])] = static_cast<int>(i);
      }
    }
    ring_steps = 2 * (static_cast<int>(machines.size()) - 1);
  }

  /// Machine by machine, all of one size: turning by a machine changes nothing.
  int period() const {
    const std::size_t size = machines.front().size();
    for (std::size_t rank = 0; rank < machine_of.size(); ++rank) {
      if (machine_of[rank] != static_cast<int>(rank / size)) return 0;
    }
    return machine_of.size() % size == 0 && chunks.equal() ? static_cast<int>(size) : 0;
  }

  std::int64_t elements;
  std::vector<std::vector<int>> machines;  // ranks of each; the first of them leads
  Chunks chunks;                           // of the ring
  std::vector<int> machine_of, place_of;   // [rank] its machine, and its place therein
  std::vector<int> leaders;                // [machine]
  int depth = 0;                           // of the deepest tree
  int ring_steps = 0;
};

void describe(const Layout& layout, int rank, int step, Moves& out) {
  const int machine = layout.machine_of[static_cast<std::size_t>(rank)], place = layout.place_of[static_cast<std::size_t>(rank)];
  const std::vector<int>& members = layout.machines[static_cast<std::size_t>(machine)];
  const int size = static_cast<int>(members.size());
  const int ring_step = step - layout.depth, last_step = ring_step - layout.ring_steps;
  if (ring_step < 0) {
    if (step < tree_depth(size)) add_tree_reduce_step(out, layout.elements, size, place, step);
    rename(out, members);
  } else if (last_step < 0) {
    if (place != 0) return;
    add_ring_all_reduce_step(out, layout.chunks, static_cast<int>(layout.machines.size()), machine, ring_step);
    rename(out, layout.leaders);
  } else {
    if (last_step < tree_depth(size)) add_tree_broadcast_step(out, layout.elements, size, place, last_step);
    rename(out, members);
  }
}

/// Within each machine a tree sums up to the leader; a ring over the leaders; a tree hands out.
Schedule schedule(const ScheduleRequest& request) {
  const auto layout = std::make_shared<const Layout>(request);
  Schedule result{request.ranks, request.elements, 2 * layout->depth + layout->ring_steps,
                  [layout](int rank, int step, Moves& out) { describe(*layout, rank, step, out); }};
  result.period = layout->period();
  if (layout->chunks.equal()) result.alike = {{layout->depth, layout->depth + layout->ring_steps}};
  return result;
}

/// No rank sends more than its leader does.
std::int64_t wire_elements(const ScheduleRequest& request) {
  const std::vector<std::vector<int>> machines = machines_of(request);
  std::int64_t most = 0;
  for (std::size_t i = 0; i < machines.size(); ++i) {
    const std::int64_t ring = ring_all_reduce_elements(request.elements, static_cast<int>(machines.size()), static_cast<int>(i));
    most = std::max(most, ring + depth_of(machines[i]) * request.elements);
  }
  return most;
}

/// Where machines differ in size, the smallest counts: a longer tree may hide behind the ring of the others.
double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const std::vector<std::vector<int>> machines = machines_of(request);
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
    "Jia et al., Highly scalable deep learning training system with mixed-precision, arXiv:1807.11205, 2018",
    "sums within each machine, then around a ring of machines, then hands out within each machine",
    schedule,
    wire_elements,
    closed_form_seconds,
};

}  // namespace syncline::network
