#include "models/training/timeline.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "models/training/breakdown.h"
#include "network/flow_network.h"
#include "sim/error.h"
#include "sim/simulator.h"

namespace syncline::models {
namespace {

using How = network::Communicator::How;

/// How many workers stand for all, where the play can be collapsed: each for those whose number differs by a multiple of it.
int representatives(network::FlowNetwork& flows, const NetworkProfile& network) {
  const int workers = static_cast<int>(network.cluster.workers.size());
  const Algorithms& algorithms = network.algorithms;
  int count = 1;
  for (const std::string& algorithm : {algorithms.all_reduce, algorithms.all_gather}) {
    count = std::lcm(count, network::Communicator::period(algorithm, flows, network.cluster));
  }
  const std::vector<double>& speed = network.speed;
  while (count < workers && !speed.empty() && !std::equal(speed.begin() + count, speed.end(), speed.begin())) {
    do ++count;
    while (workers % count != 0);
  }
  return count;
}

/// One play of a program: `warm_up` periods, whose end the measured ones begin with. Where it is collapsed, by some of the workers,
/// each for as many.
class Play {
 public:
  Play(const TimelineSetup& setup, const Method& method, const NetworkProfile& network, std::int64_t steps, How how)
      : flows_(simulator_, network.cluster.topology, setup.sink),
        communicator_(simulator_, flows_, network.cluster, network.stack, how,
                      how == How::collapsed ? representatives(flows_, network) : 0) {
    for (int i = 0; i < communicator_.callers(); ++i) {
      SimulatedWorker worker;
      worker.index = i;
      worker.batch = setup.batch;
      worker.speed = network.speed.empty() ? 1.0 : network.speed[static_cast<std::size_t>(i)];
      worker.first_step = setup.first_step;
      worker.steps = steps;
      ranks_.push_back(std::make_unique<SimulatedRank>(simulator_, *setup.dnn, worker, *setup.device, communicator_,
                                                       static_cast<int>(network.cluster.workers.size()), network.algorithms,
                                                       setup.sink));
    }
    std::vector<sim::Process> programs;
    for (const auto& rank : ranks_) programs.push_back(sim::spawn(simulator_, method.train(*rank)));
    simulator_.run();
    for (const sim::Process& program : programs) SYNCLINE_CHECK(program.done(), "a training program waits for ever");
  }

  const std::vector<std::unique_ptr<SimulatedRank>>& ranks() const { return ranks_; }
  const network::Communicator& communicator() const { return communicator_; }

 private:
  sim::Simulator simulator_;
  network::FlowNetwork flows_;
  network::Communicator communicator_;
  std::vector<std::unique_ptr<SimulatedRank>> ranks_;
};

/// Collapsed where that is proven to give the same times, and nobody wants to see the links; else flow by flow.
std::unique_ptr<const Play> play_somehow(const TimelineSetup& setup, const Method& method, const NetworkProfile& network) {
  const std::int64_t steps = 2 * method.period();
  if (setup.sink == nullptr && !setup.flow_by_flow) {
    try {
      return std::make_unique<Play>(setup, method, network, steps, How::collapsed);
    } catch (const network::NotCollapsible&) {  // then exactly
    }
  }
  return std::make_unique<Play>(setup, method, network, steps, How::exact);
}

/// Collectives of one rank within the measured steps: bytes it sends, and their alpha-beta time one after the other.
struct Traffic {
  double wire_bytes = 0, seconds = 0;
};

Traffic traffic_of(const SimulatedRank& rank, const network::Communicator& communicator, Time begin, Time end) {
  Traffic traffic;
  for (const SimulatedRank::Call& call : rank.calls()) {
    if (call.posted < begin || call.posted >= end) continue;
    traffic.wire_bytes += static_cast<double>(communicator.wire_bytes(call.call).count());
    traffic.seconds += communicator.closed_form(call.call).seconds();
  }
  return traffic;
}

}  // namespace

Timeline play(const TimelineSetup& setup, const Method& method, const NetworkProfile& network) {
  const std::int64_t period = method.period();
  const std::unique_ptr<const Play> played = play_somehow(setup, method, network);
  Timeline timeline;
  double slowest_compute = 0, slowest_traffic = 0;
  const double workers = static_cast<double>(played->ranks().size());
  const double steps = static_cast<double>(period);
  for (const auto& rank : played->ranks()) {
    const Time begin = rank->step_begins()[static_cast<std::size_t>(period)];
    const Time end = rank->step_begins()[static_cast<std::size_t>(2 * period)];
    const Breakdown parts = break_down(rank->activities(), begin, end);
    const Traffic traffic = traffic_of(*rank, played->communicator(), begin, end);
    timeline.iteration += (end - begin).seconds() / workers / steps;
    add(timeline.breakdown, parts, 1 / workers / steps);
    timeline.wire_bytes += traffic.wire_bytes / workers / steps;
    slowest_compute = std::max(slowest_compute, (parts.forward + parts.backward + parts.compression + parts.update) / steps);
    slowest_traffic = std::max(slowest_traffic, traffic.seconds / steps);
  }
  timeline.bound = std::max(slowest_compute, slowest_traffic);
  SYNCLINE_CHECK(timeline.iteration >= timeline.bound * (1 - 1e-9),
                 "an iteration on " + network.name + " beats its physical bound");
  return timeline;
}

}  // namespace syncline::models
