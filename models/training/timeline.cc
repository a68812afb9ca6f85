#include "models/training/timeline.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "models/training/best_links.h"
#include "models/training/breakdown.h"
#include "network/flow_network.h"
#include "sim/error.h"
#include "sim/simulator.h"

namespace syncline::models {
namespace {

constexpr double kSteady = 1e-7;  // periods that differ by less, relative, are alike
constexpr std::int64_t kMostPeriods = 16;

/// One play of a program by all workers: `warm_up` periods, whose end the measured ones begin with.
class Play {
 public:
  Play(const TimelineSetup& setup, const Method& method, const NetworkProfile& network, std::int64_t steps)
      : flows_(simulator_, network.cluster.topology, setup.sink),
        communicator_(simulator_, flows_, network.cluster, network.stack) {
    if (!network.changes.empty()) changer_.emplace(simulator_, flows_, network.changes);
    const int workers = static_cast<int>(network.cluster.workers.size());
    for (int i = 0; i < workers; ++i) {
      SimulatedWorker worker;
      worker.index = i;
      worker.batch = setup.batch;
      worker.speed = network.speed.empty() ? 1.0 : network.speed[static_cast<std::size_t>(i)];
      worker.first_step = setup.first_step;
      worker.steps = steps;
      ranks_.push_back(std::make_unique<SimulatedRank>(simulator_, *setup.dnn, worker, *setup.device, communicator_, workers,
                                                       network.algorithms, setup.sink));
    }
    std::vector<sim::Process> programs;
    for (const auto& rank : ranks_) programs.push_back(sim::spawn(simulator_, method.train(*rank)));
    if (changer_) sim::spawn(simulator_, stop_changes(programs));
    simulator_.run();
    for (const sim::Process& program : programs) SYNCLINE_CHECK(program.done(), "a training program waits for ever");
  }

  const std::vector<std::unique_ptr<SimulatedRank>>& ranks() const { return ranks_; }
  const network::Communicator& communicator() const { return communicator_; }
  std::int64_t link_changes() const { return changer_ ? changer_->changes() : 0; }

 private:
  sim::Task<> stop_changes(std::vector<sim::Process> programs) {
    for (sim::Process& program : programs) co_await program;
    changer_->stop();
  }

  sim::Simulator simulator_;
  network::FlowNetwork flows_;
  network::Communicator communicator_;
  std::optional<network::LinkChanger> changer_;
  std::vector<std::unique_ptr<SimulatedRank>> ranks_;
};

/// A rank's periods from `first` up to `last`.
struct Window {
  Time begin, end;
};

Window window_of(const SimulatedRank& rank, std::int64_t period, std::int64_t first, std::int64_t last) {
  return {rank.step_begins()[static_cast<std::size_t>(first * period)],
          rank.step_begins()[static_cast<std::size_t>(last * period)]};
}

/// Whether each rank's last period took as long as the one before, and as long as the others'. Where it did not take as long as the
/// others', fast ranks still run ahead of slow ones, as they can by a few steps of a ring.
bool is_steady(const Play& played, std::int64_t period, std::int64_t periods) {
  const auto seconds = [&](const SimulatedRank& rank, std::int64_t number) {
    const Window window = window_of(rank, period, number, number + 1);
    return (window.end - window.begin).seconds();
  };
  const double common = seconds(*played.ranks().front(), periods - 1);
  return std::ranges::all_of(played.ranks(), [&](const auto& rank) {
    return std::abs(seconds(*rank, periods - 1) - common) <= kSteady * common &&
           std::abs(seconds(*rank, periods - 2) - seconds(*rank, periods - 1)) <= kSteady * common;
  });
}

std::vector<network::CollectiveCall> calls_within(const SimulatedRank& rank, const Window& window) {
  std::vector<network::CollectiveCall> calls;
  for (const SimulatedRank::Call& call : rank.calls()) {
    if (call.posted >= window.begin && call.posted < window.end) calls.push_back(call.call);
  }
  return calls;
}

/// Means over the periods from `first` up to `last`. `best`: of a network whose links change.
Timeline measure(const Play& played, const BestLinks* best, std::int64_t period, std::int64_t first, std::int64_t last) {
  Timeline timeline;
  timeline.steps = period * (last - first);
  timeline.link_changes = played.link_changes();
  const double workers = static_cast<double>(played.ranks().size());
  const double steps = static_cast<double>(timeline.steps);
  for (std::size_t r = 0; r < played.ranks().size(); ++r) {
    const SimulatedRank& rank = *played.ranks()[r];
    const Window window = window_of(rank, period, first, last);
    const Breakdown parts = break_down(rank.activities(), window.begin, window.end);
    timeline.iteration += (window.end - window.begin).seconds() / workers / steps;
    add(timeline.breakdown, parts, 1 / workers / steps);
    const double compute = parts.forward + parts.backward + parts.compression + parts.update;
    timeline.bound = std::max(timeline.bound, compute / steps);
    const std::vector<network::CollectiveCall> calls = calls_within(rank, window);
    for (const network::CollectiveCall& call : calls) {
      timeline.wire_bytes += played.communicator().sent_bytes(static_cast<int>(r), call) / workers / steps;
    }
    // All ranks make the same calls.
    if (r > 0) continue;
    const double least = best != nullptr ? best->least_seconds(calls) : least_seconds(calls, played.communicator());
    timeline.bound = std::max(timeline.bound, least / steps);
  }
  return timeline;
}

/// InternalError if it beats its physical bound by more than `slack`, relative.
Timeline checked(const Timeline& timeline, double slack, const std::string& network) {
  SYNCLINE_CHECK(timeline.iteration >= timeline.bound * (1 - slack), "an iteration on " + network + " beats its physical bound");
  return timeline;
}

/// Until steps repeat.
Timeline play_steady(const TimelineSetup& setup, const Method& method, const NetworkProfile& network) {
  const std::int64_t period = method.period();
  const std::int64_t most = method.grows_batch() ? 2 : kMostPeriods;  // longer, and it would be another batch's steps
  TimelineSetup untraced = setup;
  untraced.sink = nullptr;
  for (std::int64_t periods = 2;; periods *= 2) {
    const Play played(periods == 2 ? setup : untraced, method, network, periods * period);
    const bool steady = is_steady(played, period, periods);
    if (!steady && periods < most) continue;
    // Where steps never settle, their mean is taken over half of those played; its ends may cut a collective in two.
    const std::int64_t first = steady ? periods - 1 : periods / 2;
    return checked(measure(played, nullptr, period, first, periods),
                   steady ? 10 * kSteady : 1.0 / static_cast<double>(periods - first), network.name);
  }
}

/// Steps never repeat: so many, after a first period.
Timeline play_changing(const TimelineSetup& setup, const Method& method, const NetworkProfile& network) {
  const std::int64_t period = method.period();
  const std::int64_t periods = method.grows_batch() ? 1 : (network.measured_steps + period - 1) / period;
  const Play played(setup, method, network, (periods + 1) * period);
  const BestLinks best(network);
  return checked(measure(played, &best, period, 1, periods + 1), 1.0 / static_cast<double>(periods), network.name);
}

}  // namespace

Timeline play(const TimelineSetup& setup, const Method& method, const NetworkProfile& network) {
  return network.changes.empty() ? play_steady(setup, method, network) : play_changing(setup, method, network);
}

}  // namespace syncline::models
