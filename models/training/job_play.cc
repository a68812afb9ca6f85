#include "models/training/job_play.h"

#include <algorithm>

#include "models/training/breakdown.h"
#include "sim/error.h"
#include "sim/process.h"

namespace syncline::models {
namespace {

constexpr double kRounding = 1e-9;  // of bounds in double
constexpr std::int64_t kEndless = std::int64_t{1} << 40;

using Calls = std::vector<network::CollectiveCall>;

Calls calls_between(const SimulatedRank& rank, Time begin, Time end) {
  Calls calls;
  for (const SimulatedRank::Call& call : rank.calls()) {
    if (call.posted >= begin && call.posted < end) calls.push_back(call.call);
  }
  return calls;
}

Time begin_of(const SimulatedRank& rank, std::int64_t step) { return rank.step_begins()[static_cast<std::size_t>(step)]; }

/// From the job's start until its last rank has ended its last measured step, all calls that ended by then have been made and carried out.
void check_bound(const JobPlay::Member& member, const Job& job, std::int64_t last) {
  Time end = Time::zero();
  for (const auto& rank : member.ranks) end = std::max(end, begin_of(*rank, last));
  Calls calls;
  for (const SimulatedRank::Call& call : member.ranks.front()->calls()) {  // all make the same
    if (call.finished && *call.finished <= end) calls.push_back(call.call);
  }
  SYNCLINE_CHECK((end - job.start).seconds() >= member.least_seconds(calls) * (1 - kRounding),
                 "job " + job.name + " beats its physical bound");
}

}  // namespace

NetworkProfile profile_of(const NetworkProfile& network, std::span<const int> workers) {
  NetworkProfile part = network;
  part.cluster.workers.clear();
  part.cluster.host_of_worker.clear();
  part.speed.clear();
  for (const int number : workers) {
    const auto worker = static_cast<std::size_t>(number);
    part.cluster.workers.push_back(network.cluster.workers[worker]);
    part.cluster.host_of_worker.push_back(network.cluster.host_of_worker[worker]);
    if (!network.speed.empty()) part.speed.push_back(network.speed[worker]);
  }
  return part;
}

JobPlay::JobPlay(const DeviceProfile& device, std::span<const Job> jobs, const NetworkProfile& network)
    : simulator_(std::make_unique<sim::Simulator>()), flows_(*simulator_, network.cluster.topology) {
  if (!network.changes.empty()) changer_.emplace(*simulator_, flows_, network.changes);
  for (const Job& job : jobs) add(device, job, network);
}

// Programs under way refer to ranks and communicators: they go first.
JobPlay::~JobPlay() { simulator_.reset(); }

void JobPlay::add(const DeviceProfile& device, const Job& job, const NetworkProfile& network) {
  members_.push_back(std::make_unique<Member>());
  Member& member = *members_.back();
  member.network = profile_of(network, job.workers);
  member.calls_overlap = job.method->push_pull();
  member.communicator =
      std::make_unique<network::Communicator>(*simulator_, flows_, member.network.cluster, member.network.stack);
  if (changer_) {
    member.best = std::make_unique<network::BestLinks>(member.network.cluster, member.network.stack, member.network.changes);
  }
  const int ranks = static_cast<int>(job.workers.size());
  for (int r = 0; r < ranks; ++r) {
    SimulatedWorker worker;
    worker.index = r;
    worker.batch = job.batch;
    const double speed = member.network.speed.empty() ? 1.0 : member.network.speed[static_cast<std::size_t>(r)];
    const auto times = member.times.try_emplace(speed, *job.dnn, device, job.times, speed).first;
    worker.overlap_slowdown = member.network.stack.overlap_slowdown;
    worker.steps = kEndless;
    member.ranks.push_back(std::make_unique<SimulatedRank>(*simulator_, *job.dnn, worker, times->second, *member.communicator,
                                                           ranks, member.network.algorithms, nullptr));
  }
  simulator_->schedule_at(job.start, [this, &member, &job] {
    for (const auto& rank : member.ranks) sim::spawn(*simulator_, job.method->train(*rank));
  });
}

Timeline measure(const JobPlay::Member& member, const Job& job, std::int64_t first, std::int64_t last) {
  Timeline mean;
  mean.steps = last - first;
  const double steps = static_cast<double>(last - first), ranks = static_cast<double>(member.ranks.size());
  std::int64_t picoseconds = 0;
  for (std::size_t r = 0; r < member.ranks.size(); ++r) {
    const SimulatedRank& rank = *member.ranks[r];
    const Time begin = begin_of(rank, first), end = begin_of(rank, last);
    picoseconds += (end - begin).count();
    const Breakdown parts = break_down(rank.activities(), begin, end);
    add(mean.breakdown, parts, 1 / ranks / steps);
    mean.bound = std::max(mean.bound, (parts.compute() - parts.slowed) / steps);
    const Calls calls = calls_between(rank, begin, end);
    for (const network::CollectiveCall& call : calls) {
      mean.wire_bytes += member.communicator->load(call).sent_bytes[r] / ranks / steps;
    }
    if (r == 0) mean.bound = std::max(mean.bound, member.least_seconds(calls) / steps);
  }
  mean.iteration = static_cast<double>(picoseconds) / (1e12 * ranks * steps);
  check_bound(member, job, last);
  return mean;
}

}  // namespace syncline::models
