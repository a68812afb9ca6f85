// Jobs on systems small enough to reckon by hand.
#include "models/training/jobs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "models/training/job_play.h"
#include "network/collectives/schedule.h"
#include "sim/random.h"
#include "tests/models/training/quadratic.h"
#include "tests/seeds.h"

namespace syncline::models {
namespace {

constexpr double kPicosecond = 1e-12;

/// A device on which only launches take time.
DeviceProfile launches_of(Time launch) {
  DeviceProfile device;
  device.name = "launches only";
  device.flops_per_second = 1e30;
  device.memory = Bandwidth::bytes_per_second(1e30);
  device.launch = launch;
  return device;
}

/// Three layers of 1,000 parameters; forward 1 launch each, backward 2; and one launch to update.
Dnn three_layers() {
  Dnn dnn;
  for (int i = 0; i < 3; ++i) {
    Layer layer;
    layer.name = "layer" + std::to_string(i);
    layer.parameters.push_back({"weight", {1000}});
    layer.forward_launches = 1;
    layer.backward_launches = 2;
    dnn.layers.push_back(layer);
  }
  return dnn;
}

NetworkProfile on(network::Cluster cluster) {
  NetworkProfile network;
  network.name = "some";
  network.cluster = std::move(cluster);
  return network;
}

/// Links that take no time, and uplinks of so many bytes per second.
NetworkProfile two_racks(int workers_per_rack, double uplink) {
  return on(network::racks(2, workers_per_rack, {Bandwidth::bytes_per_second(1e15), Time::zero()},
                           {Bandwidth::bytes_per_second(uplink), Time::zero()}));
}

NetworkProfile star_of(int workers) { return on(network::star(workers, {Bandwidth::bytes_per_second(4000), Time::zero()})); }

class Jobs : public testing::Test {
 protected:
  Job job(std::string name, std::vector<int> workers, const Method& method) const {
    Job result;
    result.name = std::move(name);
    result.dnn = &dnn;
    result.method = &method;
    result.workers = std::move(workers);
    return result;
  }

  const Dnn dnn = three_layers();
  const std::unique_ptr<Method> bsp = method_with("s-sgd", {{"schedule", std::string("bsp")}});
  const std::unique_ptr<Method> wfbp = method_with("s-sgd", {{"schedule", std::string("wfbp")}});
  const std::unique_ptr<Method> k_avg = method_with("k-avg", {{"k", 3.0}});
  const DeviceProfile communication_only = launches_of(Time::zero());
  const DeviceProfile some_compute = launches_of(Time::milliseconds(1));
};

void expect_equal(const Breakdown& a, const Breakdown& b) {
  EXPECT_EQ(a.forward, b.forward);
  EXPECT_EQ(a.backward, b.backward);
  EXPECT_EQ(a.compression, b.compression);
  EXPECT_EQ(a.update, b.update);
  EXPECT_EQ(a.exposed, b.exposed);
  EXPECT_EQ(a.idle, b.idle);
}

// On a star each worker's links are its own.
TEST_F(Jobs, ThatShareNoLinkAreAsTheyAreAlone) {
  for (const network::CollectiveRow& row : network::collectives()) {
    if (row.operation != network::Operation::all_reduce) continue;
    SCOPED_TRACE(row.name);
    NetworkProfile network = star_of(9);
    network.algorithms.all_reduce = row.name;
    network.speed = {1, 1, 0.7, 1, 1, 1, 1.3, 1, 1};
    std::vector<Job> jobs = {job("a", {0, 2, 5, 7}, *wfbp), job("b", {1, 3, 4}, *bsp), job("c", {6, 8}, *k_avg)};
    jobs[1].start = Time::microseconds(1234);
    const JobsTimeline result = play_together(some_compute, jobs, network);
    EXPECT_TRUE(result.shared.empty());
    for (const JobResult& each : result.jobs) {
      SCOPED_TRACE(each.name);
      EXPECT_EQ(each.slowdown, 1);
      EXPECT_EQ(each.together.iteration, each.alone.iteration);
      expect_equal(each.together.breakdown, each.alone.breakdown);
      EXPECT_FALSE(each.suffers);
      EXPECT_GE(each.together.steps, kJobMeasuredSteps);
    }
    EXPECT_EQ(result.jobs[2].alone.steps % 3, 0);
  }
}

// A ring of four, two in each rack: at each of its 6 steps one chunk of 3,000 bytes crosses each uplink each way, in 0.75 s alone.
// Two such jobs: twice that. A step has 1 ps of forward, backward and update for each layer at most.
TEST_F(Jobs, ThatOnlyCommunicateOverOneUplinkTakeTwiceAsLong) {
  const NetworkProfile network = two_racks(4, 4000);
  const std::vector<Job> jobs = {job("a", {0, 1, 4, 5}, *bsp), job("b", {2, 3, 6, 7}, *bsp)};
  const JobsTimeline result = play_together(communication_only, jobs, network);
  for (const JobResult& each : result.jobs) {
    EXPECT_NEAR(each.alone.iteration, 4.5, 30 * kPicosecond);
    EXPECT_NEAR(each.together.iteration, 9, 30 * kPicosecond);
    EXPECT_NEAR(each.slowdown, 2, 30 * kPicosecond);
    EXPECT_NEAR(each.together.breakdown.exposed, 9, 60 * kPicosecond);  // each worker sends or receives across
    EXPECT_EQ(each.together.wire_bytes, 18000);
    ASSERT_TRUE(each.suffers);
    EXPECT_EQ(*each.suffers, 0);
  }
  ASSERT_EQ(result.shared.size(), 4u);  // two uplinks, each way
  for (const SharedLink& link : result.shared) {
    EXPECT_TRUE(link.name.find("core") != std::string::npos) << link.name;
    EXPECT_NEAR(link.utilisation, 1, 1e-9);
    ASSERT_EQ(link.users.size(), 2u);
    EXPECT_NEAR(link.users[0].part, 0.5, 1e-9);
    EXPECT_NEAR(link.users[1].part, 0.5, 1e-9);
  }
}

// BSP with 10 ms of compute (3 forward, 6 backward, 1 update) and 10 ms of communication: a ring of two, 2 chunks of 6,000 bytes
// at 1.2 MB/s, 5 ms each. At once, both need the uplinks at the same time, and so 20 ms for them. Half a step apart, each has them
// while the other computes.
TEST_F(Jobs, HalfAStepApartDoNotMeet) {
  const NetworkProfile network = two_racks(2, 1.2e6);
  std::vector<Job> jobs = {job("a", {0, 2}, *bsp), job("b", {1, 3}, *bsp)};
  for (const JobResult& each : play_together(some_compute, jobs, network).jobs) {
    EXPECT_NEAR(each.alone.iteration, 0.020, 30 * kPicosecond);
    EXPECT_NEAR(each.together.iteration, 0.030, 30 * kPicosecond);
    EXPECT_NEAR(each.slowdown, 1.5, 1e-8);
  }
  jobs[1].start = Time::milliseconds(10) + Time::nanoseconds(1);  // what is rounded up adds up over the steps
  const JobsTimeline apart = play_together(some_compute, jobs, network);
  for (const JobResult& each : apart.jobs) EXPECT_NEAR(each.slowdown, 1, 1e-6);
  EXPECT_EQ(apart.shared.size(), 4u);
}

TEST_F(Jobs, ThreeOfThemTakeThreeTimesAsLong) {
  const NetworkProfile network = two_racks(3, 4000);
  const std::vector<Job> jobs = {job("a", {0, 3}, *bsp), job("b", {1, 4}, *bsp), job("c", {2, 5}, *bsp)};
  for (const JobResult& each : play_together(communication_only, jobs, network).jobs) {
    EXPECT_NEAR(each.slowdown, 3, 30 * kPicosecond);
  }
}

TEST_F(Jobs, DoNotDependOnTheirOrder) {
  const NetworkProfile network = two_racks(4, 1e6);
  std::vector<Job> jobs = {job("a", {0, 1, 4, 5}, *wfbp), job("b", {2, 3, 6, 7}, *wfbp)};
  const JobsTimeline one = play_together(some_compute, jobs, network);
  std::ranges::reverse(jobs);
  const JobsTimeline other = play_together(some_compute, jobs, network);
  for (std::size_t j = 0; j < 2; ++j) {
    EXPECT_EQ(one.jobs[j].name, other.jobs[1 - j].name);
    EXPECT_EQ(one.jobs[j].slowdown, other.jobs[1 - j].slowdown);
    EXPECT_EQ(one.jobs[j].together.iteration, other.jobs[1 - j].together.iteration);
    expect_equal(one.jobs[j].together.breakdown, other.jobs[1 - j].together.breakdown);
  }
  EXPECT_GT(one.jobs[0].slowdown, 1);
  EXPECT_EQ(one.jobs[0].slowdown, one.jobs[1].slowdown);
}

// The first second of every two, nothing passes the link of one job's worker.
TEST_F(Jobs, MeetLinksThatChange) {
  NetworkProfile network = star_of(4);
  const std::vector<Job> jobs = {job("a", {0, 1}, *bsp), job("b", {2, 3}, *bsp)};
  const network::LinkId link =
      network.cluster.topology.links()[0].from == network.cluster.workers[0] ? network::LinkId{0} : network::LinkId{1};
  network.changes.list = {{Time::zero(), link, {}, {}, false}, {Time::milliseconds(1000), link, {}, {}, true}};
  network.changes.period = Time::milliseconds(2000);
  const JobsTimeline result = play_together(some_compute, jobs, network);
  for (const JobResult& each : result.jobs) EXPECT_EQ(each.slowdown, 1);
  // Two halves of 12,000 bytes at 4,000 a second, and 10 ms of compute.
  EXPECT_NEAR(result.jobs[1].together.iteration, 3.010, 30 * kPicosecond);
  // 3 s while the link is up, and as long while it is not, but for a second in 20 steps; compute may count twice, too.
  EXPECT_NEAR(result.jobs[0].together.iteration, 6.010, 0.050 + 0.010);
}

// A worker that is alone sends nothing; it computes for 10 ms, or twice that.
TEST_F(Jobs, OfOneWorkerAreNeverSlowed) {
  NetworkProfile network = two_racks(2, 1e6);
  network.speed = {1, 1, 1, 0.5};
  const std::vector<Job> jobs = {job("a", {0, 2}, *wfbp), job("b", {3}, *wfbp), job("c", {1}, *wfbp)};
  const JobsTimeline result = play_together(some_compute, jobs, network);
  for (const JobResult& each : result.jobs) EXPECT_EQ(each.slowdown, 1);
  EXPECT_NEAR(result.jobs[1].together.iteration, 0.020, 30 * kPicosecond);
  EXPECT_NEAR(result.jobs[2].together.iteration, 0.010, 30 * kPicosecond);
  EXPECT_EQ(result.jobs[1].together.wire_bytes, 0);
  EXPECT_TRUE(result.shared.empty());
}

TEST_F(Jobs, HaveTheirWorkersMachinesAndSpeeds) {
  const network::LinkSpec link{Bandwidth::bytes_per_second(4000), Time::zero()};
  NetworkProfile network = on(network::multi_gpu_nodes(3, 2, link, link));
  network.speed = {1, 2, 3, 4, 5, 6};
  const NetworkProfile part = profile_of(network, std::vector{5, 2, 3});
  EXPECT_EQ(part.cluster.host_of_worker, (std::vector{2, 1, 1}));
  EXPECT_EQ(part.speed, (std::vector<double>{6, 3, 4}));
  ASSERT_EQ(part.cluster.workers.size(), 3u);
  EXPECT_EQ(part.cluster.topology.node(part.cluster.workers[0]).name, "worker5");
}

// The same steps as a timeline has, where these repeat.
TEST_F(Jobs, AreAloneAsTimelinesHaveThem) {
  const NetworkProfile network = two_racks(2, 1.2e6);
  const std::vector<Job> jobs = {job("a", {0, 1, 2, 3}, *wfbp)};
  TimelineSetup setup;
  setup.dnn = &dnn;
  setup.device = &some_compute;
  const Timeline timeline = play(setup, *wfbp, network);
  const JobResult result = play_together(some_compute, jobs, network).jobs.front();
  EXPECT_NEAR(result.alone.iteration, timeline.iteration, kPicosecond);
  EXPECT_NEAR(result.alone.breakdown.exposed, timeline.breakdown.exposed, kPicosecond);
  EXPECT_NEAR(result.alone.breakdown.idle, timeline.breakdown.idle, kPicosecond);
  EXPECT_NEAR(result.alone.bound, timeline.bound, kPicosecond);
  EXPECT_NEAR(result.alone.wire_bytes, timeline.wire_bytes, 1e-9);
}

// A step of the slow job takes 3.01 s, 3 of them communication, and 25 steps 75.25 s; a step of the fast one takes 10 ms.
TEST_F(Jobs, ThatAreTooUnlikeAreRefused) {
  NetworkProfile network = two_racks(2, 4000);
  std::vector<Job> jobs = {job("slow", {0, 2}, *bsp), job("fast", {1}, *bsp)};
  try {
    play_together(some_compute, jobs, network);
    FAIL() << "played";
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(),
                 "until 20 steps of 'slow' are measured, at 75.2 s, 'fast' would make 7525; at most 5000 are played");
  }
  jobs.erase(jobs.begin());
  EXPECT_NO_THROW(play_together(some_compute, jobs, network));
}

// Rings of jobs on workers dealt out at random, on racks with thin uplinks; whoever has company has it on the uplinks only.
TEST_F(Jobs, AreNeverFasterTogetherThanAlone) {
  for (const std::uint64_t seed : seeds(60)) {
    SCOPED_TRACE("SYNCLINE_TEST_SEED=" + std::to_string(seed));
    sim::RandomStream random(seed, "jobs");
    const NetworkProfile network = two_racks(5, 1e5 * (1 + 20 * random.uniform()));
    std::vector<int> workers(10);
    std::iota(workers.begin(), workers.end(), 0);
    random.shuffle(std::span(workers));
    std::vector<Job> jobs;
    for (std::size_t begin = 0; begin < workers.size();) {
      const std::size_t count = std::min<std::size_t>(1 + random.below(5), workers.size() - begin);
      const auto first = workers.begin() + static_cast<std::ptrdiff_t>(begin);
      jobs.push_back(job("job" + std::to_string(begin), {first, first + static_cast<std::ptrdiff_t>(count)},
                         random.below(2) == 0 ? *wfbp : *bsp));
      std::ranges::sort(jobs.back().workers);
      jobs.back().start = Time::microseconds(static_cast<std::int64_t>(random.below(20000)));
      begin += count;
    }
    for (const JobResult& each : play_together(some_compute, jobs, network).jobs) {
      EXPECT_GE(each.slowdown, 1 - 1e-9) << each.name;
    }
  }
}

}  // namespace
}  // namespace syncline::models
