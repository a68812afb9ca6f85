#include "network/collective_load.h"

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

namespace syncline::network {
namespace {

/// By rank.
std::map<int, std::int64_t> elements_sent_by(const Schedule& schedule, int actor) {
  std::map<int, std::int64_t> result;
  Moves moves;
  const auto add = [&](int step, int times) {
    schedule.moves(actor, step, moves);
    for (const Piece& piece : moves.sends) result[schedule.rank_of(piece.peer)] += piece.count * times;
  };
  for_each_run(schedule, add);
  return result;
}

class Count {
 public:
  Count(FlowNetwork& flows, std::span<const NodeId> nodes)
      : flows_(flows), nodes_(nodes), seconds_(flows.topology().links().size(), 0) {}

  void add(int from, int to, std::int64_t elements) {
    const std::vector<LinkId>& route = flows_.route(nodes_[static_cast<std::size_t>(from)], nodes_[static_cast<std::size_t>(to)]);
    double bandwidth = std::numeric_limits<double>::infinity();
    for (const LinkId id : route) {
      const double capacity = flows_.capacity(id).in_bytes_per_second();
      seconds_[static_cast<std::size_t>(id.value)] += static_cast<double>(elements) / capacity;
      bandwidth = std::min(bandwidth, capacity);
    }
    load_.least_latency = std::min(load_.least_latency, flows_.latency(route));
    load_.greatest_bandwidth = std::max(load_.greatest_bandwidth, bandwidth);
  }

  CollectiveLoad load() {
    if (!seconds_.empty()) load_.seconds_per_byte = *std::max_element(seconds_.begin(), seconds_.end());
    return load_;
  }

 private:
  FlowNetwork& flows_;
  std::span<const NodeId> nodes_;
  std::vector<double> seconds_;  // [link] for each wire byte of an element
  CollectiveLoad load_;
};

}  // namespace

CollectiveLoad collective_load(const Schedule& schedule, FlowNetwork& flows, std::span<const NodeId> nodes) {
  Count count(flows, nodes);
  const int period = schedule.period > 0 ? schedule.period : schedule.ranks;
  for (int actor = 0; actor < schedule.actors(); ++actor) {
    if (schedule.rank_of(actor) >= period) continue;
    for (const auto& [peer, elements] : elements_sent_by(schedule, actor)) {
      for (int turn = 0; turn < schedule.ranks; turn += period) {
        count.add(schedule.rank_of(actor) + turn, (peer + turn) % schedule.ranks, elements);
      }
    }
  }
  return count.load();
}

}  // namespace syncline::network
