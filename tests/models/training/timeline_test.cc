// Systems small enough to reckon by hand.
#include <gtest/gtest.h>

#include "kernels/sign/sign.h"
#include "kernels/top_k/top_k.h"
#include "models/training/schedulers/one_stream.h"
#include "models/training/timeline.h"
#include "tests/models/training/quadratic.h"
#include "tests/models/training/three_layers.h"

namespace syncline::models {
namespace {

constexpr double kPicosecond = 1e-12;

Timeline play_on(const NetworkProfile& network, const Method& method) {
  const Dnn dnn = three_layers();
  const DeviceProfile device = launches_only();
  TimelineSetup setup;
  setup.dnn = &dnn;
  setup.device = &device;
  return play(setup, method, network);
}

// Two workers; links of 4,000 bytes a second carry half of a layer's 4,000 bytes in 0.5 s, twice in an all-reduce: 1 s a layer.
// BSP: forward 3 ms, backward 6 ms, then 3 s of all-reduce, then the update's 1 ms.
TEST(Timeline, BspAddsComputeAndCommunication) {
  const auto method = method_with("s-sgd", {{"schedule", std::string("serial")}});
  const Timeline timeline = play_on(star_of(2, 4000), *method);
  EXPECT_NEAR(timeline.iteration, 3.010, 30 * kPicosecond);
  EXPECT_NEAR(timeline.breakdown.exposed, 3, 30 * kPicosecond);
  EXPECT_NEAR(timeline.breakdown.total(), timeline.iteration, kPicosecond);
  EXPECT_EQ(timeline.wire_bytes, 12000);
}

// A kernel that was measured is charged what was measured of it, by the name that the program gives it. At a millionth of the
// memory's 1 GB/s, Top-k's bytes decide, not its launches; the other kernel is charged as before.
TEST(Timeline, AMeasuredKernelIsChargedAsMeasured) {
  const Dnn dnn = three_layers();
  DeviceProfile device = launches_only();
  device.memory = Bandwidth::bytes_per_second(1e9);
  const auto method = method_with("top-k", {{"schedule", std::string("bsp")}, {"density", 0.5}});
  TimelineSetup setup;
  setup.dnn = &dnn;
  setup.device = &device;
  const double before = play(setup, *method, star_of(2, 4000)).breakdown.compression;
  device.kernel_efficiency["top-k"] = 1e-6;
  const double after = play(setup, *method, star_of(2, 4000)).breakdown.compression;
  const std::int64_t n = dnn.parameter_count();
  const kernels::KernelCost cost = kernels::top_k_encode_cost(n, n / 2);
  EXPECT_NEAR(after - before, (duration(device, "top-k", cost) - duration(device, cost)).seconds(), 30 * kPicosecond);
  EXPECT_GT(after, 2 * before);
}

// WFBP: the last layer's gradient leaves after forward (3 ms) and its own backward (2 ms); the other 4 ms of backward are hidden.
TEST(Timeline, WfbpHidesAllButTheFirstBackward) {
  const auto method = method_with("s-sgd", {{"schedule", std::string("wfbp")}});
  const Timeline timeline = play_on(star_of(2, 4000), *method);
  EXPECT_NEAR(timeline.iteration, 3.006, 30 * kPicosecond);
}

// The same, with compute that communication beside it slows down: of the 4 ms of backward that overlap, each takes 1.5 times as
// long. Not the update, nor the forward: nothing travels then.
TEST(Timeline, ComputeTakesLongerWhileTheWorkerCommunicates) {
  const auto method = method_with("s-sgd", {{"schedule", std::string("wfbp")}});
  NetworkProfile network = star_of(2, 4000);
  network.stack.overlap_slowdown = 1.5;
  const Timeline timeline = play_on(network, *method);
  EXPECT_NEAR(timeline.iteration, 3.006, 30 * kPicosecond);  // all hidden behind 3 s of all-reduce
  EXPECT_NEAR(timeline.breakdown.backward, 0.008, 10 * kPicosecond);
  EXPECT_NEAR(timeline.breakdown.slowed, 0.002, 10 * kPicosecond);
  EXPECT_NEAR(timeline.breakdown.exposed, 2.994, 30 * kPicosecond);
}

// A bucket travels for 1 ms, while 1 / 1.5 ms of the 4 ms of backward behind it are done: 1/3 ms more, and the next one's all-reduce
// begins when its own 2 ms are done, of which the first took 1.5 times as long.
TEST(Timeline, TheRateOfComputeChangesWhenACollectiveEnds) {
  const auto method = method_with("s-sgd", {{"schedule", std::string("wfbp")}});
  NetworkProfile network = star_of(2, 4e6);  // 1 ms an all-reduce
  network.stack.overlap_slowdown = 1.5;
  const Timeline timeline = play_on(network, *method);
  const double third = 1e-3 / 3;
  EXPECT_NEAR(timeline.breakdown.slowed, 2 * third, 10 * kPicosecond);
  EXPECT_NEAR(timeline.iteration, 3e-3 + 6e-3 + 2 * third + 1e-3 + 1e-3, 20 * kPicosecond);
  EXPECT_NEAR(timeline.bound, 10e-3, 10 * kPicosecond);  // no step is shorter than its work
}

// One worker's link at half speed: every chunk of the ring crosses it, so the all-reduces take twice as long.
TEST(Timeline, OneLinkTwiceAsSlowDoublesTheRing) {
  const auto method = method_with("s-sgd", {{"schedule", std::string("serial")}});
  NetworkProfile network = star_of(2, 4000);
  network::set_worker_link(network.cluster, 1, {Bandwidth::bytes_per_second(2000), Time::zero()});
  EXPECT_NEAR(play_on(network, *method).iteration, 6.010, 30 * kPicosecond);
}

// One worker at half speed: 18 ms to compute where the other takes 9 ms, so that the other is idle for 9 ms, and for 1 ms more
// while the straggler updates: it begins its next step later.
TEST(Timeline, AStragglerHoldsUpTheOthers) {
  const auto method = method_with("s-sgd", {{"schedule", std::string("bsp")}});
  NetworkProfile network = star_of(2, 4000);
  network.speed = {1.0, 0.5};
  const Timeline timeline = play_on(network, *method);
  EXPECT_NEAR(timeline.iteration, 3.020, 30 * kPicosecond);
  EXPECT_NEAR(timeline.breakdown.idle, 0.010 / 2, 30 * kPicosecond);  // mean over the two
}

// Four workers, 4 ms of launch, chunks of 3,000 bytes that take 0.75 s: a ring of 6 steps. The straggler computes 90 ms where the
// others take 9 ms, and updates for 10 ms: its chunk comes 90 ms late. Meanwhile its two neighbours have their other chunk on the
// way, which is communication, 90 ms longer than else; the one opposite has had both, and is idle for 90 ms.
TEST(Timeline, WaitingForAStragglerIsIdleAndLaunchingIsNot) {
  const auto method = method_with("s-sgd", {{"schedule", std::string("bsp")}});
  NetworkProfile network = star_of(4, 4000);
  network.stack.launch = Time::milliseconds(4);
  const Timeline equal = play_on(network, *method);
  EXPECT_NEAR(equal.breakdown.idle, 0, 30 * kPicosecond);
  EXPECT_NEAR(equal.breakdown.exposed, 0.004 + 6 * 0.75, 30 * kPicosecond);
  network.speed = {0.1, 1.0, 1.0, 1.0};
  const Timeline late = play_on(network, *method);
  EXPECT_NEAR(late.breakdown.exposed, equal.breakdown.exposed + 0.090 * 2 / 4, 30 * kPicosecond);  // mean over the four
  EXPECT_NEAR(late.breakdown.idle, 0.090 / 4, 30 * kPicosecond);
}

// A compressor's arithmetic takes time on the compute stream, before its message leaves and after it has come.
TEST(Timeline, CompressionIsCharged) {
  const Timeline timeline = play_on(star_of(2, 4000), *method_with("sign-sgd", {{"schedule", std::string("bsp")}}));
  const double launches = kernels::scaled_sign_encode_cost(3000).launches + kernels::scaled_sign_mean_cost(3000, 2).launches;
  EXPECT_NEAR(timeline.breakdown.compression, launches * 0.001, 30 * kPicosecond);
  EXPECT_NEAR(timeline.iteration, 0.010 + launches * 0.001 + timeline.breakdown.exposed, 30 * kPicosecond);
}

// K-AVG with K = 4: one all-reduce of 3 s in four steps of 10 ms.
TEST(Timeline, KAvgSpreadsOneAveragingOverKSteps) {
  const Timeline timeline = play_on(star_of(2, 4000), *method_with("k-avg", {{"k", 4.0}}));
  EXPECT_NEAR(timeline.iteration, 0.010 + 3.0 / 4, 30 * kPicosecond);
  EXPECT_EQ(timeline.wire_bytes, 3000);
}

/// The cable of worker 1 to its switch, as it was built by star_of.
network::LinkChange change_of_worker_1(double seconds, network::LinkId link) {
  EXPECT_EQ(star_of(2, 1).cluster.topology.link(link).name, link.value == 2 ? "worker1>switch" : "switch>worker1");
  return {Time::from_seconds(seconds), link, std::nullopt, std::nullopt, std::nullopt};
}

// From the start at half its rate: as a link that is twice as slow.
TEST(Timeline, LinksThatChangeAtTheStartStaySo) {
  const auto method = method_with("s-sgd", {{"schedule", std::string("serial")}});
  NetworkProfile network = star_of(2, 4000);
  network.measured_steps = 5;
  for (const network::LinkId link : {network::LinkId{2}, network::LinkId{3}}) {
    network.changes.list.push_back(change_of_worker_1(0, link));
    network.changes.list.back().capacity = Bandwidth::bytes_per_second(2000);
  }
  const Timeline timeline = play_on(network, *method);
  EXPECT_NEAR(timeline.iteration, 6.010, 30 * kPicosecond);
  EXPECT_EQ(timeline.steps, 5);
  EXPECT_EQ(timeline.link_changes, 2);
  EXPECT_NEAR(timeline.bound, 3, 30 * kPicosecond) << "the link might have been faster";
  EXPECT_EQ(timeline.wire_bytes, 12000);
}

// Steps of 3.01 s; the second one's all-reduces go on from 3.019 to 6.019 s. A second without the link, once, or in every tenth.
TEST(Timeline, AnOutageDelaysTheStepsByItself) {
  const auto method = method_with("s-sgd", {{"schedule", std::string("serial")}});
  NetworkProfile network = star_of(2, 4000);
  network.measured_steps = 4;
  for (const network::LinkId link : {network::LinkId{2}, network::LinkId{3}}) {
    for (const double seconds : {4.0, 5.0}) {
      network.changes.list.push_back(change_of_worker_1(seconds, link));
      network.changes.list.back().up = seconds == 5;
    }
  }
  const Timeline once = play_on(network, *method);
  EXPECT_NEAR(once.iteration, 3.010 + 1.0 / 4, 30 * kPicosecond);
  EXPECT_NEAR(once.breakdown.total(), once.iteration, 30 * kPicosecond);
  EXPECT_EQ(once.link_changes, 4);
  network.changes.period = Time::from_seconds(10);
  const Timeline again = play_on(network, *method);  // from 14 to 15 s, too: in the fifth step
  EXPECT_NEAR(again.iteration, 3.010 + 2.0 / 4, 30 * kPicosecond);
}

// Three steps a period: five that are asked for become six. Where the batch grows, one period.
TEST(Timeline, MeasuresWholePeriodsOfLinksThatChange) {
  NetworkProfile network = star_of(2, 4000);
  network.measured_steps = 5;
  network.changes.list.push_back(change_of_worker_1(1, {2}));
  network.changes.list.back().latency = Time::milliseconds(1);
  EXPECT_EQ(play_on(network, *method_with("k-avg", {{"k", 3.0}})).steps, 6);
  EXPECT_EQ(play_on(network, *method_with("k-avg", {{"k", 3.0}, {"step_size", std::string("diminishing")}})).steps, 3);
}

/// S-SGD in buckets of one limit, exchanged while backward runs or after it.
class InBuckets final : public Method {
 public:
  InBuckets(Bytes limit, Start start) : limit_(limit), start_(start) {}
  sim::Task<> train(Rank& w) const override {
    const std::vector<Bucket> buckets = fused_buckets(w.dnn(), limit_, limit_, fp32_size().bytes_of);
    const Exchange exchange = [&](const Bucket& bucket) {
      return w.all_reduce("all-reduce", {nullptr, 0}, nullptr, bucket.elements());
    };
    co_await train_in_order(w, buckets, start_, exchange);
  }
  Payload payload(const Dnn&) const override { return {}; }
  std::string trajectory_key() const override { return ""; }

 private:
  Bytes limit_;
  Start start_;
};

// Whatever the network: overlapping never costs time, and hides no more than there is to hide.
TEST(Timeline, WfbpLiesBetweenItsBoundAndBsp) {
  for (const double bandwidth : {1e2, 1e5, 1e6, 3e6, 1e9}) {
    for (const std::int64_t limit : {1, 5000, 1 << 20}) {  // one layer in a bucket, two, all
      for (const int workers : {2, 3, 8}) {
        const NetworkProfile network = star_of(workers, bandwidth);
        const Timeline bsp = play_on(network, InBuckets(Bytes(limit), Start::after_backward));
        const Timeline wfbp = play_on(network, InBuckets(Bytes(limit), Start::when_ready));
        EXPECT_LE(wfbp.iteration, bsp.iteration * (1 + 1e-12)) << limit << " " << workers << " " << bandwidth;
        const double compute = 0.010;
        EXPECT_GE(wfbp.iteration, std::max(compute, bsp.breakdown.exposed) * (1 - 1e-9));
      }
    }
  }
}

// Two steps on lenet, by every method of the table, on every kind of cluster: play() itself checks the physical bound.
TEST(Timeline, EveryMethodPlaysOnEveryCluster) {
  const Dnn dnn = model("lenet").make({1, 28, 28, 10});
  const DeviceProfile device = launches_only();
  const network::LinkSpec fast{Bandwidth::bytes_per_second(1e10), Time::microseconds(1)};
  const network::LinkSpec slow{Bandwidth::bytes_per_second(1e8), Time::microseconds(10)};
  for (const MethodRow& row : methods()) {
    for (network::Cluster cluster :
         {network::star(5, slow), network::racks(2, 3, fast, slow), network::multi_gpu_nodes(2, 4, fast, slow)}) {
      NetworkProfile network;
      network.name = cluster.description;
      network.cluster = std::move(cluster);
      TimelineSetup setup;
      setup.dnn = &dnn;
      setup.batch = 16;
      setup.device = &device;
      const Timeline timeline = play(setup, *row.make(Parameters(row.parameters)), network);
      EXPECT_GE(timeline.iteration, timeline.bound * (1 - 1e-9)) << row.name << " on " << network.name;
      EXPECT_NEAR(timeline.breakdown.total(), timeline.iteration, timeline.iteration * 1e-9) << row.name;
      EXPECT_GT(timeline.wire_bytes, 0) << row.name;
    }
  }
}

/// On both, all numbers are the same to the last bit.
void expect_same(const Timeline& a, const Timeline& b) {
  EXPECT_EQ(a.iteration, b.iteration);
  EXPECT_EQ(a.bound, b.bound);
  EXPECT_EQ(a.wire_bytes, b.wire_bytes);
  for (double Breakdown::*part : {&Breakdown::forward, &Breakdown::backward, &Breakdown::compression, &Breakdown::update,
                                  &Breakdown::exposed, &Breakdown::idle}) {
    EXPECT_EQ(a.breakdown.*part, b.breakdown.*part);
  }
}

std::vector<std::string> rows_of(network::Operation operation) {
  std::vector<std::string> names;
  for (const network::CollectiveRow& row : network::collectives()) {
    if (row.operation == operation) names.emplace_back(row.name);
  }
  return names;
}

// By some workers and without flows, or by all and flow by flow: the same.
TEST(Timeline, CollapsedPlaysTakeTheSameTime) {
  const Dnn dnn = model("lenet").make({1, 28, 28, 10});
  const DeviceProfile device = launches_only();
  const network::LinkSpec fast{Bandwidth::bytes_per_second(1e10), Time::microseconds(1)};
  const network::LinkSpec slow{Bandwidth::bytes_per_second(1e8), Time::microseconds(10)};
  network::Cluster uneven = network::star(6, slow);
  network::set_worker_link(uneven, 2, fast);
  const std::vector<std::string> gathers = rows_of(network::Operation::all_gather);
  for (const MethodRow& row : methods()) {
    std::size_t gather = 0;
    for (const std::string& reduce : rows_of(network::Operation::all_reduce)) {
      for (const network::Cluster& cluster : {network::star(8, slow), network::multi_gpu_nodes(2, 4, fast, slow), uneven}) {
        for (const double other : {1.0, 0.25}) {  // every third worker's speed
          NetworkProfile network;
          network.cluster = cluster;
          network.stack = {"stack", Time::microseconds(7), 0.9, ""};
          if (gather % 2 == 0) network.stack.overlap_slowdown = 1.3;
          for (std::size_t i = 0; i < cluster.workers.size(); ++i) network.speed.push_back(i % 3 == 2 ? other : 1.0);
          network.algorithms = {reduce, gathers[gather++ % gathers.size()]};
          TimelineSetup setup{&dnn, 16, &device};
          const auto method = row.make(Parameters(row.parameters));
          const Timeline collapsed = play(setup, *method, network);
          setup.flow_by_flow = true;
          SCOPED_TRACE(row.name + ", " + reduce + ", " + network.algorithms.all_gather + ", " + cluster.description);
          expect_same(collapsed, play(setup, *method, network));
        }
      }
    }
  }
}

}  // namespace
}  // namespace syncline::models
