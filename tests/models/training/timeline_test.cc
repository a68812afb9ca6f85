// Systems small enough to reckon by hand.
#include <gtest/gtest.h>

#include "models/training/timeline.h"
#include "tests/models/training/quadratic.h"

namespace syncline::models {
namespace {

constexpr double kPicosecond = 1e-12;

/// A device on which only launches take time: 1 ms each.
DeviceProfile launches_only() {
  DeviceProfile device;
  device.name = "launches only";
  device.flops_per_second = 1e30;
  device.memory = Bandwidth::bytes_per_second(1e30);
  device.launch = Time::milliseconds(1);
  return device;
}

/// Three layers of 1,000 parameters; forward 1 launch each, backward 2.
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

NetworkProfile star_of(int workers, double bytes_per_second) {
  NetworkProfile network;
  network.name = "star";
  network.cluster = network::star(workers, {Bandwidth::bytes_per_second(bytes_per_second), Time::zero()});
  return network;
}

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
  const auto method = method_with("s-sgd", {{"fusion", std::string("none")}, {"overlap", false}});
  const Timeline timeline = play_on(star_of(2, 4000), *method);
  EXPECT_NEAR(timeline.iteration, 3.010, 30 * kPicosecond);
  EXPECT_NEAR(timeline.breakdown.exposed, 3, 30 * kPicosecond);
  EXPECT_NEAR(timeline.breakdown.total(), timeline.iteration, kPicosecond);
  EXPECT_EQ(timeline.wire_bytes, 12000);
}

// WFBP: the last layer's gradient leaves after forward (3 ms) and its own backward (2 ms); the other 4 ms of backward are hidden.
TEST(Timeline, WfbpHidesAllButTheFirstBackward) {
  const auto method = method_with("s-sgd", {{"fusion", std::string("none")}});
  const Timeline timeline = play_on(star_of(2, 4000), *method);
  EXPECT_NEAR(timeline.iteration, 3.006, 30 * kPicosecond);
}

// One worker's link at half speed: every chunk of the ring crosses it, so the all-reduces take twice as long.
TEST(Timeline, OneLinkTwiceAsSlowDoublesTheRing) {
  const auto method = method_with("s-sgd", {{"fusion", std::string("none")}, {"overlap", false}});
  NetworkProfile network = star_of(2, 4000);
  network::set_worker_link(network.cluster, 1, {Bandwidth::bytes_per_second(2000), Time::zero()});
  EXPECT_NEAR(play_on(network, *method).iteration, 6.010, 30 * kPicosecond);
}

// One worker at half speed: 18 ms to compute where the other takes 9 ms, so that the other is idle for 9 ms, and for 1 ms more
// while the straggler updates: it begins its next step later.
TEST(Timeline, AStragglerHoldsUpTheOthers) {
  const auto method = method_with("s-sgd", {{"fusion", std::string("all")}});
  NetworkProfile network = star_of(2, 4000);
  network.speed = {1.0, 0.5};
  const Timeline timeline = play_on(network, *method);
  EXPECT_NEAR(timeline.iteration, 3.020, 30 * kPicosecond);
  EXPECT_NEAR(timeline.breakdown.idle, 0.010 / 2, 30 * kPicosecond);  // mean over the two
}

// K-AVG with K = 4: one all-reduce of 3 s in four steps of 10 ms.
TEST(Timeline, KAvgSpreadsOneAveragingOverKSteps) {
  const Timeline timeline = play_on(star_of(2, 4000), *method_with("k-avg", {{"k", 4.0}}));
  EXPECT_NEAR(timeline.iteration, 0.010 + 3.0 / 4, 30 * kPicosecond);
  EXPECT_EQ(timeline.wire_bytes, 3000);
}

// Whatever the network: overlapping never costs time, and hides no more than there is to hide.
TEST(Timeline, WfbpLiesBetweenItsBoundAndBsp) {
  for (const double bandwidth : {1e2, 1e5, 1e6, 3e6, 1e9}) {
    for (const char* fusion : {"none", "buckets", "all"}) {
      for (const int workers : {2, 3, 8}) {
        const NetworkProfile network = star_of(workers, bandwidth);
        const Timeline bsp = play_on(network, *method_with("s-sgd", {{"fusion", std::string(fusion)}, {"overlap", false}}));
        const Timeline wfbp = play_on(network, *method_with("s-sgd", {{"fusion", std::string(fusion)}}));
        EXPECT_LE(wfbp.iteration, bsp.iteration * (1 + 1e-12)) << fusion << " " << workers << " " << bandwidth;
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

// By some workers and without flows, or by all and flow by flow: the same.
TEST(Timeline, CollapsedPlaysTakeTheSameTime) {
  const Dnn dnn = model("lenet").make({1, 28, 28, 10});
  const DeviceProfile device = launches_only();
  const network::LinkSpec fast{Bandwidth::bytes_per_second(1e10), Time::microseconds(1)};
  const network::LinkSpec slow{Bandwidth::bytes_per_second(1e8), Time::microseconds(10)};
  for (const MethodRow& row : methods()) {
    for (const std::vector<double>& speed :
         {std::vector<double>{}, {1, 0.5, 1, 0.5, 1, 0.5, 1, 0.5}, {1, 1, 1, 1, 1, 0.25, 1, 1}}) {
      for (const char* all_reduce : {"ring-all-reduce", "hierarchical-all-reduce", "parameter-server"}) {
        for (const network::Cluster& cluster : {network::star(8, slow), network::multi_gpu_nodes(2, 4, fast, slow)}) {
          NetworkProfile network{"network", "", cluster, speed, {"stack", Time::microseconds(7), 0.9, ""}, {}, {}};
          network.algorithms.all_reduce = all_reduce;
          TimelineSetup setup{&dnn, 16, &device};
          const auto method = row.make(Parameters(row.parameters));
          const Timeline timeline = play(setup, *method, network);
          setup.flow_by_flow = true;
          const Timeline exact = play(setup, *method, network);
          const std::string what = row.name + ", " + all_reduce + ", " + cluster.description;
          EXPECT_DOUBLE_EQ(timeline.iteration, exact.iteration) << what;
          EXPECT_DOUBLE_EQ(timeline.wire_bytes, exact.wire_bytes) << what;
          EXPECT_DOUBLE_EQ(timeline.bound, exact.bound) << what;
          EXPECT_NEAR(timeline.breakdown.exposed, exact.breakdown.exposed, 1e-12 * exact.iteration) << what;
          EXPECT_NEAR(timeline.breakdown.idle, exact.breakdown.idle, 1e-12 * exact.iteration) << what;
        }
      }
    }
  }
}

}  // namespace
}  // namespace syncline::models
