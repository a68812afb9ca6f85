#include "network/collective_timing.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "network/best_links.h"
#include "network/bounded_play.h"
#include "sim/error.h"
#include "sim/process.h"

namespace syncline::network {
namespace {

sim::Task<> call_once(Communicator& communicator, int rank, CollectiveCall call) { co_await communicator.run(rank, call); }

sim::Task<> stop_after(std::vector<sim::Process> ranks, LinkChanger& changer) {
  for (sim::Process& rank : ranks) co_await rank;
  changer.stop();
}

Time rounded_down(double seconds) { return Time::picoseconds(static_cast<std::int64_t>(seconds * 1e12)); }

/// What is known without a play.
CollectiveTime about(const Communicator& communicator, CollectiveCall call) {
  CollectiveTime result;
  const CollectiveLoad& load = communicator.load(call);
  result.bound = rounded_down(communicator.least_seconds({&call, 1}));
  result.closed_form = communicator.closed_form(call);
  const Chosen& chosen = communicator.chosen(call);
  result.row = chosen.row;
  if (chosen.variant != nullptr) result.protocol = chosen.variant->protocol;
  result.of_stack = chosen.variant != nullptr || communicator.stack().variants.empty();
  result.link_seconds = load.link_seconds;
  result.sent_bytes = std::ranges::max(load.sent_bytes);
  return result;
}

CollectiveTime play(const Cluster& cluster, const CommunicationStack& stack, CollectiveCall call, Communicator::How how) {
  const bool collapsed = how == Communicator::How::collapsed;
  sim::Simulator simulator;
  FlowNetwork flows(simulator, cluster.topology);
  Communicator communicator(simulator, flows, cluster, stack, how,
                            collapsed ? Communicator::period(call.algorithm, call.roles, stack, flows, cluster) : 0);
  for (int rank = 0; rank < communicator.callers(); ++rank) sim::spawn(simulator, call_once(communicator, rank, call));
  simulator.run();
  CollectiveTime result = about(communicator, call);
  result.by = collapsed ? Reckoning::collapsed : Reckoning::exact;
  result.least = result.most = simulator.now();
  return result;
}

CollectiveTime play_changing(const Cluster& cluster, const CommunicationStack& stack, CollectiveCall call,
                             const ChangingLinks& changes) {
  sim::Simulator simulator;
  FlowNetwork flows(simulator, cluster.topology);
  Communicator communicator(simulator, flows, cluster, stack);
  CollectiveTime result = about(communicator, call);  // before anything changes
  result.bound = rounded_down(BestLinks(cluster, stack, changes).least_seconds({&call, 1}));
  LinkChanger changer(simulator, flows, changes);
  std::vector<sim::Process> ranks;
  for (int rank = 0; rank < communicator.callers(); ++rank) {
    ranks.push_back(sim::spawn(simulator, call_once(communicator, rank, call)));
  }
  sim::spawn(simulator, stop_after(std::move(ranks), changer));
  simulator.run();
  result.least = result.most = simulator.now();
  return result;
}

CollectiveTime bound(const Cluster& cluster, const CommunicationStack& stack, CollectiveCall call) {
  sim::Simulator simulator;
  FlowNetwork flows(simulator, cluster.topology);
  const Communicator communicator(simulator, flows, cluster, stack);
  CollectiveTime result = about(communicator, call);
  const TimeBounds bounds = communicator.bounds(call);
  result.by = Reckoning::bounded;
  result.least = std::max(bounds.least, result.bound);
  result.most = bounds.most;
  return result;
}

}  // namespace

CollectiveTime time_collective(const Cluster& cluster, const CommunicationStack& stack, CollectiveCall call, Reckoning wanted,
                               const ChangingLinks& changes) {
  if (!changes.empty()) return play_changing(cluster, stack, call, changes);
  // Nothing is proven of bursts, nor bounded.
  if (wanted != Reckoning::exact && !has_bursts(cluster)) {
    try {
      return play(cluster, stack, call, Communicator::How::collapsed);
    } catch (const NotCollapsible&) {
      if (wanted == Reckoning::bounded) return bound(cluster, stack, call);
    }
  }
  return play(cluster, stack, call, Communicator::How::exact);
}

Time time_in_a_loop(const Cluster& cluster, const CommunicationStack& stack, CollectiveCall call, Time pause) {
  if (!has_bursts(cluster)) return time_collective(cluster, stack, call, Reckoning::collapsed).most;
  constexpr int kMostCalls = 100;
  sim::Simulator simulator;
  FlowNetwork flows(simulator, cluster.topology);
  Communicator communicator(simulator, flows, cluster, stack);
  flows.drain_bursts();  // from there, what calls and pauses leave in the buckets comes up to what it will be
  Time before = Time::max();
  for (int calls = 0;; ++calls) {
    const Time begin = simulator.now();
    for (int rank = 0; rank < communicator.callers(); ++rank) sim::spawn(simulator, call_once(communicator, rank, call));
    simulator.run();
    const Time took = simulator.now() - begin;
    if (took == before || calls == kMostCalls) return took;
    before = took;
    simulator.run_until(simulator.now() + pause);
  }
}

CollectiveCall call_for_buffer(Operation operation, std::string_view algorithm, Bytes buffer, int ranks, const Roles& roles) {
  if (operation != Operation::all_gather) return {algorithm, buffer, roles};
  return {algorithm, Bytes((buffer.count() + ranks - 1) / ranks), roles};
}

double bus_factor(Operation operation, int ranks) {
  const double n = ranks;
  switch (operation) {
    case Operation::all_reduce:
      return 2 * (n - 1) / n;
    case Operation::reduce_scatter:
    case Operation::all_gather:
    case Operation::gather:
    case Operation::scatter:
    case Operation::all_to_all:
      return (n - 1) / n;
    case Operation::broadcast:
    case Operation::reduce:
    case Operation::push_pull:
      return 1;
  }
  throw InternalError("an operation without a bus bandwidth");
}

}  // namespace syncline::network
