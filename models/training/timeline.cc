#include "models/training/timeline.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "models/training/breakdown.h"
#include "network/flow_network.h"
#include "sim/error.h"
#include "sim/simulator.h"

namespace syncline::models {
namespace {

constexpr double kSteady = 1e-7;    // periods that differ by less, relative, are alike
constexpr double kRounding = 1e-9;  // of bounds in double
constexpr std::int64_t kMostPeriods = 16;

/// One play of a program by all workers: `warm_up` periods, whose end the measured ones begin with.
class Play {
 public:
  Play(const TimelineSetup& setup, const Method& method, const NetworkProfile& network, std::int64_t steps)
      : flows_(simulator_, network.cluster.topology, setup.sink),
        communicator_(simulator_, flows_, network.cluster, network.stack) {
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

/// A rank's periods from `first` up to `last`.
struct Window {
  Time begin, end;
};

Window window_of(const SimulatedRank& rank, std::int64_t period, std::int64_t first, std::int64_t last) {
  return {rank.step_begins()[static_cast<std::size_t>(first * period)],
          rank.step_begins()[static_cast<std::size_t>(last * period)]};
}

/// Whether each rank's last period took as long as the one before.
bool is_steady(const Play& played, std::int64_t period, std::int64_t periods) {
  return std::ranges::all_of(played.ranks(), [&](const auto& rank) {
    const Window before = window_of(*rank, period, periods - 2, periods - 1);
    const Window last = window_of(*rank, period, periods - 1, periods);
    return std::abs(((last.end - last.begin) - (before.end - before.begin)).seconds()) <=
           kSteady * (last.end - last.begin).seconds();
  });
}

std::vector<network::CollectiveCall> calls_within(const SimulatedRank& rank, const Window& window) {
  std::vector<network::CollectiveCall> calls;
  for (const SimulatedRank::Call& call : rank.calls()) {
    if (call.posted >= window.begin && call.posted < window.end) calls.push_back(call.call);
  }
  return calls;
}

/// Seconds that the calls cannot beat: one after the other on some rank, and each link with all ranks' bytes.
double least_seconds(const std::vector<network::CollectiveCall>& calls, const network::Communicator& communicator) {
  double serial = 0;
  std::vector<double> links;  // [link]
  for (const network::CollectiveCall& call : calls) {
    serial += communicator.serial_bound(call).seconds();
    const std::vector<double>& seconds = communicator.link_seconds(call);
    links.resize(seconds.size(), 0);
    for (std::size_t l = 0; l < seconds.size(); ++l) links[l] += seconds[l];
  }
  return links.empty() ? serial : std::max(serial, *std::ranges::max_element(links));
}

/// From the start of the play until the last rank has ended its last step, all calls have been made and carried out.
void check_whole_play(const Play& played, std::int64_t steps) {
  double seconds = 0;
  for (const auto& rank : played.ranks()) {
    seconds = std::max(seconds, rank->step_begins()[static_cast<std::size_t>(steps)].seconds());
  }
  const SimulatedRank& rank = *played.ranks().front();  // all make the same calls
  const std::vector<network::CollectiveCall> calls = calls_within(rank, window_of(rank, steps, 0, 1));
  SYNCLINE_CHECK(seconds >= least_seconds(calls, played.communicator()) * (1 - kRounding), "a play beats its physical bound");
}

/// Means over the periods from `first` up to `last`.
Timeline measure(const Play& played, std::int64_t period, std::int64_t first, std::int64_t last) {
  Timeline timeline;
  const double workers = static_cast<double>(played.ranks().size());
  const double steps = static_cast<double>(period * (last - first));
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
    if (r == 0) timeline.bound = std::max(timeline.bound, least_seconds(calls, played.communicator()) / steps);
  }
  return timeline;
}

}  // namespace

Timeline play(const TimelineSetup& setup, const Method& method, const NetworkProfile& network) {
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
    const Timeline timeline = measure(played, period, first, periods);
    check_whole_play(played, periods * period);
    SYNCLINE_CHECK(!steady || timeline.iteration >= timeline.bound * (1 - 10 * kSteady),
                   "an iteration on " + network.name + " beats its physical bound");
    return timeline;
  }
}

}  // namespace syncline::models
