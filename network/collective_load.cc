#include "network/collective_load.h"

#include <algorithm>
#include <limits>
#include <map>

namespace syncline::network {
namespace {

/// By rank.
std::map<int, std::int64_t> elements_sent_by(const Schedule& schedule, int actor) {
  std::map<int, std::int64_t> result;
  Moves moves;
  for_each_run(schedule, [&](int step, int times) {
    schedule.moves(actor, step, moves);
    for (const Piece& piece : moves.sends) result[schedule.rank_of(piece.peer)] += piece.count * times;
  });
  return result;
}

class Count {
 public:
  Count(FlowNetwork& flows, std::span<const NodeId> nodes) : flows_(flows), nodes_(nodes) {
    load_.seconds.assign(flows.topology().links().size(), 0);
    load_.sent.assign(nodes.size(), 0);
  }

  void add(int from, int to, double wire_bytes) {
    const std::vector<LinkId>& route = flows_.route(nodes_[static_cast<std::size_t>(from)], nodes_[static_cast<std::size_t>(to)]);
    load_.sent[static_cast<std::size_t>(from)] += wire_bytes;
    double bandwidth = std::numeric_limits<double>::infinity();
    for (const LinkId id : route) {
      const double capacity = flows_.capacity(id).in_bytes_per_second();
      load_.seconds[static_cast<std::size_t>(id.value)] += wire_bytes / capacity;
      bandwidth = std::min(bandwidth, capacity);
    }
    load_.least_latency = std::min(load_.least_latency, flows_.latency(route));
    load_.greatest_bandwidth = std::max(load_.greatest_bandwidth, bandwidth);
  }

  CollectiveLoad load() { return std::move(load_); }

 private:
  FlowNetwork& flows_;
  std::span<const NodeId> nodes_;
  CollectiveLoad load_;
};

}  // namespace

CollectiveLoad collective_load(const Schedule& schedule, const Terms& terms, FlowNetwork& flows, std::span<const NodeId> nodes) {
  Count count(flows, nodes);
  const int period = schedule.period > 0 ? schedule.period : schedule.ranks;
  for (int actor = 0; actor < schedule.actors(); ++actor) {
    if (schedule.rank_of(actor) >= period) continue;
    for (const auto& [peer, elements] : elements_sent_by(schedule, actor)) {
      for (int turn = 0; turn < schedule.ranks; turn += period) {
        count.add(schedule.rank_of(actor) + turn, (peer + turn) % schedule.ranks,
                  static_cast<double>(elements) / terms.efficiency);
      }
    }
  }
  return count.load();
}

}  // namespace syncline::network
