#include <algorithm>
#include <memory>
#include <vector>

#include "network/collectives/phases.h"
#include "network/collectives/rows.h"
#include "sim/error.h"

namespace syncline::network {
namespace {

/// Who is where. Machines of unequal size have no like numbered ranks to meet: then every rank is a machine of its own.
struct Layout {
  explicit Layout(const ScheduleRequest& request)
      : machines(equal_machines_of(request)),
        size(static_cast<int>(machines.front().size())),
        count(static_cast<int>(machines.size())),
        apart(request.servers_apart),
        shards(request.elements, size),
        machine_of(static_cast<std::size_t>(request.ranks)),
        place_of(static_cast<std::size_t>(request.ranks)) {
    for (int machine = 0; machine < count; ++machine) {
      for (int place = 0; place < size; ++place) {
        const auto rank = static_cast<std::size_t>(at(machine, place));
        machine_of[rank] = machine;
        place_of[rank] = place;
        next_to_each_other = next_to_each_other && static_cast<int>(rank) == machine * size + place;
      }
    }
  }

  static std::vector<std::vector<int>> equal_machines_of(const ScheduleRequest& request) {
    std::vector<std::vector<int>> machines = machines_of(request);
    const auto is_smaller = [](const auto& a, const auto& b) { return a.size() < b.size(); };
    const auto [least, most] = std::ranges::minmax_element(machines, is_smaller);
    if (least->size() == most->size()) return machines;
    machines.clear();
    for (int rank = 0; rank < request.ranks; ++rank) machines.push_back({rank});
    return machines;
  }

  int at(int machine, int place) const { return machines[static_cast<std::size_t>(machine)][static_cast<std::size_t>(place)]; }
  int ring_steps() const { return size - 1; }
  int server_steps() const { return count > 1 ? 2 : 0; }
  /// The part of a place's shard that the machine's rank there serves.
  Chunk served(int place, int machine) const {
    const Chunk shard = shards[place];
    const Chunk part(shard.count, count, machine);
    return {shard.begin + part.begin, part.count};
  }
  /// The part of a place's shard that a server of its own serves.
  Chunk served_apart(int place, int server) const {
    const Chunk shard = shards[place];
    const Chunk part(shard.count, apart, server);
    return {shard.begin + part.begin, part.count};
  }
  bool equal() const { return shards.equal() && shards[0].count % count == 0; }

  std::vector<std::vector<int>> machines;  // [machine][place] a rank
  int size, count;                         // of a machine; of machines
  int apart;                               // servers that are hosts of their own
  Chunks shards;                           // [place]
  std::vector<int> machine_of, place_of;   // [rank]
  bool next_to_each_other = true;          // rank 0 is the first machine's first, and so on
};

/// Ranks of the same place in their machines: each serves a part of their shard, which the others push there, and then pull.
void add_server_step(const Layout& layout, int machine, int place, bool pulling, Moves& out) {
  const Chunk own = layout.served(place, machine);
  for (int i = 1; i < layout.count; ++i) {
    const int other = (machine + i) % layout.count;
    const Chunk theirs = layout.served(place, other);
    const Chunk sent = pulling ? own : theirs, received = pulling ? theirs : own;
    out.sends.push_back({layout.at(other, place), sent.begin, sent.count, !pulling});
    out.receives.push_back({layout.at(other, place), received.begin, received.count, !pulling});
  }
}

/// Each rank pushes its shard to all servers, which are in a lane behind the ranks', and pulls it from them.
void add_step_apart(const Layout& layout, int rank, bool pulling, Moves& out) {
  const int ranks = static_cast<int>(layout.place_of.size());
  for (int i = 0; i < layout.apart; ++i) {
    const int server = (layout.machine_of[static_cast<std::size_t>(rank)] + i) % layout.apart;
    const Chunk part = layout.served_apart(layout.place_of[static_cast<std::size_t>(rank)], server);
    (pulling ? out.receives : out.sends).push_back({ranks + server, part.begin, part.count, !pulling});
  }
}

void describe_server(const Layout& layout, int server, int step, Moves& out) {
  const int server_step = step - layout.ring_steps();
  if (server >= layout.apart || server_step < 0 || server_step >= layout.server_steps()) return;
  const bool pulling = server_step == 1;
  for (std::size_t rank = 0; rank < layout.place_of.size(); ++rank) {
    const Chunk part = layout.served_apart(layout.place_of[rank], server);
    (pulling ? out.sends : out.receives).push_back({static_cast<int>(rank), part.begin, part.count, !pulling});
  }
}

void describe(const Layout& layout, int rank, int step, Moves& out) {
  const int machine = layout.machine_of[static_cast<std::size_t>(rank)], place = layout.place_of[static_cast<std::size_t>(rank)];
  const int server_step = step - layout.ring_steps(), last_step = server_step - layout.server_steps();
  if (server_step >= 0 && last_step < 0) {
    if (layout.apart > 0) return add_step_apart(layout, rank, server_step == 1, out);
    add_server_step(layout, machine, place, server_step == 1, out);
    return;
  }
  const bool reducing = server_step < 0;
  add_ring_step(out, layout.shards, layout.size, place, reducing ? step : last_step, reducing ? -1 : 0, reducing);
  rename(out, layout.machines[static_cast<std::size_t>(machine)]);
}

/// Reduce-scatter, push, pull, all-gather: as far as there are any.
std::vector<int> stages_of(const Layout& layout) {
  const int ring = layout.ring_steps(), servers = layout.server_steps();
  std::vector<int> ends;
  if (ring > 0) ends.push_back(ring);
  for (int step = 1; step <= servers; ++step) ends.push_back(ring + step);
  if (ring > 0) ends.push_back(2 * ring + servers);
  return ends;
}

Schedule schedule(const ScheduleRequest& request) {
  const auto layout = std::make_shared<const Layout>(request);
  const int ring = layout->ring_steps(), servers = layout->server_steps();
  if (layout->apart > 0 && servers > 0) {
    SYNCLINE_CHECK(layout->apart <= request.ranks, "more servers than ranks");
    Schedule result{request.ranks, request.elements, 2 * ring + servers,
                    [layout, n = request.ranks](int actor, int step, Moves& out) {
                      if (actor < n) return describe(*layout, actor, step, out);
                      describe_server(*layout, actor - n, step, out);
                    }};
    result.lanes = 2;
    result.servers_apart = layout->apart;
    result.stages = stages_of(*layout);
    result.asked_at = ring + 1;
    return result;
  }
  Schedule result{request.ranks, request.elements, 2 * ring + servers,
                  [layout](int rank, int step, Moves& out) { describe(*layout, rank, step, out); }};
  result.stages = stages_of(*layout);
  if (servers > 0) result.asked_at = ring + 1;
  if (layout->next_to_each_other && layout->equal()) {
    result.period = layout->size;
    result.alike = {{0, ring}, {ring + servers, 2 * ring + servers}};
  }
  return result;
}

std::int64_t wire_elements(const ScheduleRequest& request) {
  const Layout layout(request);
  std::int64_t most = 0;
  for (int machine = 0; machine < layout.count; ++machine) {
    for (int place = 0; place < layout.size; ++place) {
      const std::int64_t ring = layout.size == 1 ? 0 : ring_all_reduce_elements(request.elements, layout.size, place);
      if (layout.apart > 0 && layout.count > 1) {
        most = std::max(most, ring + layout.shards[place].count);
        continue;
      }
      const Chunk own = layout.served(place, machine);
      const std::int64_t pushed = layout.shards[place].count - own.count, pulled = (layout.count - 1) * own.count;
      most = std::max(most, ring + pushed + pulled);
    }
  }
  return most;
}

double closed_form_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const Layout layout(request);
  const double g = layout.size, m = layout.count;
  const double shard = static_cast<double>(request.elements) / g / elements_per_second;
  const double pushed = layout.apart > 0 ? std::max(1.0, g * m / layout.apart) : (m - 1) / m;
  const double servers = layout.count > 1 ? 2 * (alpha + pushed * shard) : 0;
  return 2 * (g - 1) * (alpha + shard) + servers;
}

}  // namespace

const CollectiveRow kHierarchicalParameterServer = {
    "hierarchical-parameter-server",
    Operation::all_reduce,
    "Parameter servers between machines",
    "2(g-1)(a + S/(gB)) + 2(a + (m-1)/m S/(gB)), m machines of g ranks",
    "2(g-1)/g S + 2(m-1)/m S/g",
    "Jiang et al., A Unified Architecture for Accelerating Distributed DNN Training, OSDI 2020 (BytePS), section 4",
    "a reduce-scatter within each machine; each rank pushes its shard to servers on all machines, and pulls the sum; an "
    "all-gather within each machine; where the network has hosts that only serve, servers are there",
    schedule,
    wire_elements,
    closed_form_seconds,
};

}  // namespace syncline::network
