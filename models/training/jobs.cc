#include "models/training/jobs.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <ranges>

#include "models/training/job_play.h"
#include "sim/error.h"
#include "sim/units_text.h"

namespace syncline::models {
namespace {

std::int64_t measured_steps(const Job& job) {
  const std::int64_t period = job.method->period();
  return (kJobMeasuredSteps + period - 1) / period * period;
}

std::int64_t needed_steps(const Job& job) { return kJobWarmUpSteps + measured_steps(job); }

/// [job] seconds that a step takes, or nearly: as a timeline has it of the job by itself.
std::vector<double> lengths_alone(const DeviceProfile& device, std::span<const Job> jobs, const NetworkProfile& network) {
  std::vector<double> lengths;
  for (const Job& job : jobs) {
    TimelineSetup setup;
    setup.dnn = job.dnn;
    setup.batch = job.batch;
    setup.device = &device;
    setup.times = job.times;
    lengths.push_back(play(setup, *job.method, profile_of(network, job.workers)).iteration);
  }
  return lengths;
}

void check(std::span<const Job> jobs, std::span<const double> lengths) {
  Time last_start = Time::zero();
  for (const Job& job : jobs) last_start = std::max(last_start, job.start);
  for (std::size_t slow = 0; slow < jobs.size(); ++slow) {
    const double until = last_start.seconds() + static_cast<double>(needed_steps(jobs[slow])) * lengths[slow];
    for (std::size_t fast = 0; fast < jobs.size(); ++fast) {
      const double steps = (until - jobs[fast].start.seconds()) / lengths[fast];
      if (steps <= static_cast<double>(kMostJobSteps)) continue;
      throw UserError(jobs[slow].where, "until " + std::to_string(measured_steps(jobs[slow])) + " steps of '" + jobs[slow].name +
                                            "' are measured, at " + to_text(Time::from_seconds(until)) + ", '" + jobs[fast].name +
                                            "' would make " + std::to_string(static_cast<std::int64_t>(steps)) + "; at most " +
                                            std::to_string(kMostJobSteps) + " are played");
    }
  }
}

/// Steps of one job, by number.
struct Steps {
  std::int64_t first = 0, last = 0;
};

/// A job's whole periods between two times, on all its ranks.
Steps steps_between(const JobPlay::Member& member, const Job& job, Time begin, Time end) {
  Steps steps{0, std::numeric_limits<std::int64_t>::max()};
  for (const auto& rank : member.ranks) {
    const std::vector<Time>& begins = rank->step_begins();
    const auto number = [&](auto place) { return static_cast<std::int64_t>(place - begins.begin()); };
    steps.first = std::max(steps.first, number(std::ranges::lower_bound(begins, begin)));
    steps.last = std::min(steps.last, number(std::ranges::upper_bound(begins, end)) - 1);
  }
  if (steps.last <= steps.first) return {steps.first, steps.first};
  steps.last -= (steps.last - steps.first) % job.method->period();
  return steps;
}

/// Plays until all are measured: [job] the steps. Looks at them now and then only, which decides how many more they are.
std::vector<Steps> run_until_measured(JobPlay& play, std::span<const Job> jobs, Time every) {
  std::int64_t looks = 0;
  const auto run_until_all = [&](const auto& is_measured) {
    const auto indices = std::views::iota(std::size_t{0}, jobs.size());
    while (!std::ranges::all_of(indices, is_measured)) {
      SYNCLINE_CHECK(++looks <= 1000 * needed_steps(*std::ranges::max_element(jobs, {}, needed_steps)), "jobs wait for ever");
      play.run_until(play.now() + every);
    }
    return play.now();
  };
  const Time begin = run_until_all([&](std::size_t j) {
    return steps_between(*play.members()[j], jobs[j], Time::zero(), play.now()).last >= kJobWarmUpSteps;
  });
  std::vector<Steps> steps(jobs.size());
  run_until_all([&](std::size_t j) {
    steps[j] = steps_between(*play.members()[j], jobs[j], begin, play.now());
    return steps[j].last - steps[j].first >= measured_steps(jobs[j]);
  });
  return steps;
}

/// [link] the part of its time that the bytes of a job's steps take.
std::vector<double> link_use(const JobPlay::Member& member, const Steps& steps, const Timeline& together) {
  std::vector<double> use;
  sim::Simulator simulator;
  network::FlowNetwork flows(simulator, member.network.cluster.topology);  // which nobody has changed
  const network::Communicator still(simulator, flows, member.network.cluster, member.network.stack);
  const SimulatedRank& rank = *member.ranks.front();  // all make the same calls
  const auto begin_of = [&](std::int64_t step) { return rank.step_begins()[static_cast<std::size_t>(step)]; };
  const double seconds = static_cast<double>(steps.last - steps.first) * together.iteration;
  for (const SimulatedRank::Call& call : rank.calls()) {
    if (call.posted < begin_of(steps.first) || call.posted >= begin_of(steps.last)) continue;
    const std::vector<double>& load = still.load(call.call).link_seconds;
    use.resize(load.size(), 0);
    std::ranges::transform(use, load, use.begin(), [&](double sum, double more) { return sum + more / seconds; });
  }
  use.resize(member.network.cluster.topology.links().size(), 0);
  return use;
}

/// Of several jobs each, the busiest first.
std::vector<SharedLink> shared_links(const std::vector<std::vector<double>>& use, const network::Topology& topology) {
  std::vector<SharedLink> shared;
  for (std::size_t l = 0; l < topology.links().size(); ++l) {
    SharedLink link{topology.links()[l].name, 0, {}};
    for (std::size_t job = 0; job < use.size(); ++job) {
      if (use[job][l] > 0) link.users.push_back({job, use[job][l]});
      link.utilisation += use[job][l];
    }
    // Jobs are measured over whole steps, and so over times that differ by a step: their parts may add up to a little more.
    link.utilisation = std::min(link.utilisation, 1.0);
    if (link.users.size() > 1) shared.push_back(std::move(link));
  }
  std::ranges::stable_sort(shared, std::greater(), &SharedLink::utilisation);
  return shared;
}

bool uses(const SharedLink& link, std::size_t job) {
  return std::ranges::any_of(link.users, [&](const SharedLink::User& user) { return user.job == job; });
}

/// Goes on behind the last step, too, and until `end` at least: fast ranks may meet slow ones there, as when jobs are together.
Timeline measure_alone(const DeviceProfile& device, const Job& job, const NetworkProfile& network, const Steps& steps, Time end) {
  JobPlay play(device, std::span(&job, 1), network);
  const JobPlay::Member& member = *play.members().front();
  const auto is_measured = [&](const auto& rank) { return static_cast<std::int64_t>(rank->step_begins().size()) > steps.last; };
  for (play.run_until(end); !std::ranges::all_of(member.ranks, is_measured);) {
    SYNCLINE_CHECK(play.now() < 1000 * end, "a job that is alone takes longer than with others, or waits for ever");
    play.run_until(play.now() + end);
  }
  return measure(member, job, steps.first, steps.last);
}

}  // namespace

void check_lengths(const DeviceProfile& device, std::span<const Job> jobs, const NetworkProfile& network) {
  check(jobs, lengths_alone(device, jobs, network));
}

JobsTimeline play_together(const DeviceProfile& device, std::span<const Job> jobs, const NetworkProfile& network) {
  const std::vector<double> lengths = lengths_alone(device, jobs, network);
  check(jobs, lengths);
  JobPlay play(device, jobs, network);
  const std::vector<Steps> steps = run_until_measured(play, jobs, Time::from_seconds(std::ranges::max(lengths)));
  JobsTimeline result;
  std::vector<std::vector<double>> use;  // [job][link]
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    const Job& job = jobs[j];
    JobResult one{job.name, job.workers, {}, {}, 1, {}};
    one.together = measure(*play.members()[j], job, steps[j].first, steps[j].last);
    one.alone = measure_alone(device, job, network, steps[j], play.now());
    one.slowdown = one.together.iteration / one.alone.iteration;
    use.push_back(link_use(*play.members()[j], steps[j], one.together));
    result.jobs.push_back(std::move(one));
  }
  result.shared = shared_links(use, network.cluster.topology);
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    const auto link = std::ranges::find_if(result.shared, [&](const SharedLink& each) { return uses(each, j); });
    if (link != result.shared.end()) result.jobs[j].suffers = static_cast<int>(link - result.shared.begin());
  }
  return result;
}

}  // namespace syncline::models
