#include "models/training/timeline.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <span>

#include "models/training/breakdown.h"
#include "network/best_links.h"
#include "network/flow_network.h"
#include "sim/error.h"
#include "sim/simulator.h"

namespace syncline::models {
namespace {

constexpr double kSteady = 1e-7;    // periods that differ by less, relative, are alike
constexpr double kRounding = 1e-9;  // of bounds in double
constexpr std::int64_t kMostPeriods = 24;
constexpr std::int64_t kTracedPeriods = 2;

using How = network::Communicator::How;

/// How many workers stand for all, where the play can be collapsed: each for those whose number differs by a multiple of it.
int representatives(network::FlowNetwork& flows, const Method& method, const NetworkProfile& network) {
  const int workers = static_cast<int>(network.cluster.workers.size());
  const std::vector<double>& speed = network.speed;
  int count = 1;  // by which speeds repeat
  while (!speed.empty() && (workers % count != 0 || !std::equal(speed.begin() + count, speed.end(), speed.begin()))) ++count;
  std::vector<std::string> algorithms = {network.algorithms.all_reduce, network.algorithms.all_gather};
  if (method.push_pull()) algorithms.push_back(network.algorithms.push_pull);
  for (const std::string& algorithm : algorithms) {
    count = std::lcm(count,
                     network::Communicator::period(algorithm, network.algorithms.roles, network.stack, flows, network.cluster));
  }
  return count;
}

/// One play of a program: by all workers, or where it is collapsed, by some who stand for all.
class Play {
 public:
  Play(const TimelineSetup& setup, const Method& method, const NetworkProfile& network, std::int64_t steps, How how)
      : workers_(static_cast<int>(network.cluster.workers.size())),
        calls_overlap_(method.push_pull()),
        flows_(simulator_, network.cluster.topology, setup.sink),
        communicator_(simulator_, flows_, network.cluster, network.stack, how,
                      how == How::collapsed ? representatives(flows_, method, network) : 0) {
    if (!network.changes.empty()) {
      changer_.emplace(simulator_, flows_, network.changes);
      best_.emplace(network.cluster, network.stack, network.changes);
    }
    for (int i = 0; i < communicator_.callers(); ++i) {
      SimulatedWorker worker;
      worker.index = i;
      worker.batch = setup.batch;
      const double speed = network.speed.empty() ? 1.0 : network.speed[static_cast<std::size_t>(i)];
      const auto times = times_.try_emplace(speed, *setup.dnn, *setup.device, setup.times, speed).first;
      worker.overlap_slowdown = network.stack.overlap_slowdown;
      worker.first_step = setup.first_step;
      worker.steps = steps;
      ranks_.push_back(std::make_unique<SimulatedRank>(simulator_, *setup.dnn, worker, times->second, communicator_, workers_,
                                                       network.algorithms, setup.sink));
    }
    std::vector<sim::Process> programs;
    for (const auto& rank : ranks_) programs.push_back(sim::spawn(simulator_, method.train(*rank)));
    if (changer_) sim::spawn(simulator_, stop_changes(programs));
    simulator_.run();
    for (const sim::Process& program : programs) SYNCLINE_CHECK(program.done(), "a training program waits for ever");
  }

  int workers() const { return workers_; }
  /// Rank r stands for the workers r, r + ranks().size(), and so on.
  const std::vector<std::unique_ptr<SimulatedRank>>& ranks() const { return ranks_; }
  const network::Communicator& communicator() const { return communicator_; }
  /// Seconds that no play of these calls beats, whatever links do.
  double least_seconds(std::span<const network::CollectiveCall> calls) const {
    if (calls_overlap_) return best_ ? best_->least_link_seconds(calls) : communicator_.least_link_seconds(calls);
    return best_ ? best_->least_seconds(calls) : communicator_.least_seconds(calls);
  }
  std::int64_t link_changes() const { return changer_ ? changer_->changes() : 0; }

 private:
  sim::Task<> stop_changes(std::vector<sim::Process> programs) {
    for (sim::Process& program : programs) co_await program;
    changer_->stop();
  }

  int workers_;
  bool calls_overlap_;
  sim::Simulator simulator_;
  network::FlowNetwork flows_;
  network::Communicator communicator_;
  std::optional<network::LinkChanger> changer_;  // where links change
  std::optional<network::BestLinks> best_;       // likewise
  std::map<double, WorkerTimes> times_;          // [speed]
  std::vector<std::unique_ptr<SimulatedRank>> ranks_;
};

/// Plays a program: collapsed where that is proven to give the same times, no link changes, and nobody wants to see the links;
/// else flow by flow.
class Player {
 public:
  Player(const TimelineSetup& setup, const Method& method, const NetworkProfile& network)
      : setup_(setup), method_(method), network_(network), collapsible_(!setup.flow_by_flow && network.changes.empty()) {}

  std::unique_ptr<const Play> play(std::int64_t steps, sim::TraceSink* sink) {
    setup_.sink = sink;
    try {
      if (collapsible_ && sink == nullptr) return std::make_unique<Play>(setup_, method_, network_, steps, How::collapsed);
    } catch (const network::NotCollapsible&) {
      collapsible_ = false;
    }
    return std::make_unique<Play>(setup_, method_, network_, steps, How::exact);
  }

 private:
  TimelineSetup setup_;
  const Method& method_;
  const NetworkProfile& network_;
  bool collapsible_;
};

/// A rank's periods from `first` up to `last`.
struct Window {
  Time begin, end;
};

Window window_of(const SimulatedRank& rank, std::int64_t period, std::int64_t first, std::int64_t last) {
  return {rank.step_begins()[static_cast<std::size_t>(first * period)],
          rank.step_begins()[static_cast<std::size_t>(last * period)]};
}

/// Whether the last two periods of all ranks took as long. Where ranks differ, some still draw away from others, and will have to
/// wait for them.
bool is_steady(const Play& played, std::int64_t period, std::int64_t periods) {
  const auto seconds = [&](const SimulatedRank& rank, std::int64_t before) {
    const Window window = window_of(rank, period, periods - before - 1, periods - before);
    return (window.end - window.begin).seconds();
  };
  const double wanted = seconds(*played.ranks().front(), 0);
  return std::ranges::all_of(played.ranks(), [&](const auto& rank) {
    return std::abs(seconds(*rank, 0) - wanted) <= kSteady * wanted && std::abs(seconds(*rank, 1) - wanted) <= kSteady * wanted;
  });
}

std::vector<network::CollectiveCall> calls_within(const SimulatedRank& rank, const Window& window) {
  std::vector<network::CollectiveCall> calls;
  for (const SimulatedRank::Call& call : rank.calls()) {
    if (call.posted >= window.begin && call.posted < window.end) calls.push_back(call.call);
  }
  return calls;
}

/// From the start of the play until the last rank has ended its last step, all calls have been made that ended by then; and carried
/// out, where steps do not overlap.
void check_whole_play(const Play& played, std::int64_t steps) {
  double seconds = 0;
  for (const auto& rank : played.ranks()) {
    seconds = std::max(seconds, rank->step_begins()[static_cast<std::size_t>(steps)].seconds());
  }
  std::vector<network::CollectiveCall> calls;
  for (const SimulatedRank::Call& call : played.ranks().front()->calls()) {  // all make the same
    if (call.finished && call.finished->seconds() <= seconds) calls.push_back(call.call);
  }
  SYNCLINE_CHECK(seconds >= played.least_seconds(calls) * (1 - kRounding), "a play beats its physical bound");
}

/// Of one rank, over the periods from `first` up to `last`.
Timeline measure_rank(const Play& played, std::size_t r, std::int64_t period, std::int64_t first, std::int64_t last) {
  const SimulatedRank& rank = *played.ranks()[r];
  const Window window = window_of(rank, period, first, last);
  Timeline timeline;
  timeline.iteration = (window.end - window.begin).seconds();
  const Breakdown& parts = timeline.breakdown = break_down(rank.activities(), window.begin, window.end);
  timeline.bound = parts.compute() - parts.slowed;
  const std::vector<network::CollectiveCall> calls = calls_within(rank, window);
  for (const network::CollectiveCall& call : calls) {
    timeline.wire_bytes += played.communicator().load(call).sent_bytes[r];
  }
  // All ranks make the same calls.
  if (r == 0) timeline.bound = std::max(timeline.bound, played.least_seconds(calls));
  return timeline;
}

/// A step's, mean over workers and over the periods from `first` up to `last`. Each worker is added, though many may have one
/// rank: the sum is then the same to the last bit, collapsed or not.
Timeline measure(const Play& played, std::int64_t period, std::int64_t first, std::int64_t last) {
  std::vector<Timeline> ranks;
  for (std::size_t r = 0; r < played.ranks().size(); ++r) ranks.push_back(measure_rank(played, r, period, first, last));
  Timeline mean;
  mean.steps = period * (last - first);
  mean.link_changes = played.link_changes();
  const double steps = static_cast<double>(mean.steps);
  for (int worker = 0; worker < played.workers(); ++worker) {
    const Timeline& its = ranks[static_cast<std::size_t>(worker) % ranks.size()];
    mean.iteration += its.iteration / played.workers() / steps;
    add(mean.breakdown, its.breakdown, 1.0 / played.workers() / steps);
    mean.bound = std::max(mean.bound, its.bound / steps);
    mean.wire_bytes += its.wire_bytes / played.workers() / steps;
  }
  return mean;
}

/// Until steps repeat.
Timeline play_steady(const TimelineSetup& setup, const Method& method, const NetworkProfile& network) {
  const std::int64_t period = method.period();
  // The first period begins with all workers at once, and differs from the next as a rule. Of a growing batch, the third may have
  // another.
  const std::int64_t fewest = method.grows_batch() ? 2 : 3, most = method.grows_batch() ? 2 : kMostPeriods;
  Player player(setup, method, network);
  if (setup.sink != nullptr) player.play(kTracedPeriods * period, setup.sink);
  for (std::int64_t periods = fewest;; periods *= 2) {
    const std::unique_ptr<const Play> played = player.play(periods * period, nullptr);
    const bool steady = is_steady(*played, period, periods);
    if (!steady && periods < most) continue;
    // Where steps never settle, their mean is taken over half of those played; its ends may cut a collective in two.
    const std::int64_t first = steady ? periods - 1 : periods / 2;
    const Timeline timeline = measure(*played, period, first, periods);
    check_whole_play(*played, periods * period);
    SYNCLINE_CHECK(!steady || timeline.iteration >= timeline.bound * (1 - 10 * kSteady),
                   "an iteration on " + network.name + " beats its physical bound");
    return timeline;
  }
}

/// Steps never repeat: so many, after a first period.
Timeline play_changing(const TimelineSetup& setup, const Method& method, const NetworkProfile& network) {
  const std::int64_t period = method.period();
  const std::int64_t periods = method.grows_batch() ? 1 : (network.measured_steps + period - 1) / period;
  const auto played = Player(setup, method, network).play((periods + 1) * period, setup.sink);
  check_whole_play(*played, (periods + 1) * period);
  return measure(*played, period, 1, periods + 1);
}

}  // namespace

Timeline play(const TimelineSetup& setup, const Method& method, const NetworkProfile& network) {
  return network.changes.empty() ? play_steady(setup, method, network) : play_changing(setup, method, network);
}

}  // namespace syncline::models
