// What each scheduler does in the first step of three layers and two workers, in milliseconds, reckoned by hand.
//
// Forward takes a launch of 1 ms a layer, backward two, the update one: forward from 0 to 3, layer 2's gradient is there at 5, layer
// 1's at 7, layer 0's at 9. On two workers an all-reduce of S bytes moves S/2 there and S/2 back at once, twice: S over the rate.
#include "models/training/schedulers/scheduler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <ostream>

#include "tests/models/training/quadratic.h"
#include "tests/models/training/three_layers.h"

namespace syncline::models {
namespace {

using Values = std::initializer_list<std::pair<std::string, ParameterValue>>;

struct Message {
  double begin = 0, end = 0;  // milliseconds
  std::int64_t bytes = 0;
  bool operator==(const Message&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Message& message) {
  return out << message.bytes << " bytes from " << message.begin << " to " << message.end;
}

struct Played {
  std::vector<Message> first_step;  // of worker 0
  double iteration = 0;             // milliseconds, once steps repeat
};

double rounded(double milliseconds) { return std::round(milliseconds * 1e6) / 1e6; }

/// Seconds, once steps repeat.
double iteration_of(const Dnn& dnn, const Method& method, const NetworkProfile& network, sim::MemoryTrace& trace) {
  const DeviceProfile device = launches_only();
  TimelineSetup setup;
  setup.dnn = &dnn;
  setup.device = &device;
  setup.sink = &trace;
  return play(setup, method, network).iteration;
}

Played play_method(const Dnn& dnn, const Method& method, const NetworkProfile& network, std::size_t messages) {
  sim::MemoryTrace trace;
  Played played;
  played.iteration = rounded(1e3 * iteration_of(dnn, method, network, trace));
  for (const sim::Span& span : trace.spans) {
    if (span.track != 0 || span.category != "communication" || played.first_step.size() == messages) continue;
    played.first_step.push_back({rounded(1e3 * span.begin.seconds()), rounded(1e3 * span.end.seconds()), span.bytes.count()});
  }
  return played;
}

Played play_s_sgd(const Dnn& dnn, Values values, const NetworkProfile& network, std::size_t messages) {
  return play_method(dnn, *method_with("s-sgd", values), network, messages);
}

ParameterValue schedule(const char* name) { return std::string(name); }

/// An all-reduce of a layer's 4,000 bytes takes so long.
NetworkProfile layer_takes(double milliseconds, double launch_milliseconds = 0) {
  NetworkProfile network = star_of(2, 4000 / (milliseconds * 1e-3));
  network.stack.launch = Time::from_seconds(launch_milliseconds * 1e-3);
  return network;
}

using Messages = std::vector<Message>;

// Backward ends at 9, one all-reduce of all until 18, the update until 19.
TEST(Schedulers, BspSendsAllAfterBackward) {
  const Played played = play_s_sgd(three_layers(), {{"schedule", schedule("bsp")}}, layer_takes(3), 1);
  EXPECT_EQ(played.first_step, (Messages{{9, 18, 12000}}));
  EXPECT_EQ(played.iteration, 19);
}

// The same one after the other, each with a launch of half a millisecond before it.
TEST(Schedulers, SerialSendsTensorsAfterBackward) {
  const Played played = play_s_sgd(three_layers(), {{"schedule", schedule("serial")}}, layer_takes(3, 0.5), 3);
  EXPECT_EQ(played.first_step, (Messages{{9.5, 12.5, 4000}, {13, 16, 4000}, {16.5, 19.5, 4000}}));
  EXPECT_EQ(played.iteration, 20.5);
}

TEST(Schedulers, WfbpSendsTensorsWhenTheyAreReady) {
  const Played slow = play_s_sgd(three_layers(), {{"schedule", schedule("wfbp")}}, layer_takes(3), 3);
  EXPECT_EQ(slow.first_step, (Messages{{5, 8, 4000}, {8, 11, 4000}, {11, 14, 4000}}));
  EXPECT_EQ(slow.iteration, 15);
  const Played fast = play_s_sgd(three_layers(), {{"schedule", schedule("wfbp")}}, layer_takes(1), 3);
  EXPECT_EQ(fast.first_step, (Messages{{5, 6, 4000}, {7, 8, 4000}, {9, 10, 4000}}));
  EXPECT_EQ(fast.iteration, 11);
}

// Limits of 1,048 and of 7,969 bytes: layer 2 alone, then layers 1 and 0, ready at 9. And any cap, with 1 MiB for the first: all.
TEST(Schedulers, DdpSendsBucketsInOrder) {
  const Played two = play_s_sgd(
      three_layers(), {{"schedule", schedule("ddp")}, {"first_bucket_mib", 0.001}, {"bucket_mib", 0.0076}}, layer_takes(3), 2);
  EXPECT_EQ(two.first_step, (Messages{{5, 8, 4000}, {9, 15, 8000}}));
  EXPECT_EQ(two.iteration, 16);
  const Played one = play_s_sgd(three_layers(), {{"schedule", schedule("ddp")}, {"bucket_mib", 0.001}}, layer_takes(3), 1);
  EXPECT_EQ(one.first_step, (Messages{{9, 18, 12000}}));
}

// Cycles of 4 ms: layers 2 and 1 are there at 8, layer 0 at 12; a launch of 1 ms. Fused until 15, layer 0 until 19, update until
// 20, which is the end of a cycle again. Or each alone, where no two of them fit the threshold.
TEST(Schedulers, HorovodFusesWhatACycleFinds) {
  const NetworkProfile network = layer_takes(3, 1);
  const Played fused = play_s_sgd(three_layers(), {{"schedule", schedule("horovod")}, {"cycle_ms", 4.0}}, network, 2);
  EXPECT_EQ(fused.first_step, (Messages{{9, 15, 8000}, {16, 19, 4000}}));
  EXPECT_EQ(fused.iteration, 20);
  const Played alone =
      play_s_sgd(three_layers(), {{"schedule", schedule("horovod")}, {"cycle_ms", 4.0}, {"fusion_mib", 0.007}}, network, 3);
  EXPECT_EQ(alone.first_step, (Messages{{9, 12, 4000}, {13, 16, 4000}, {17, 20, 4000}}));
}

// Cycles of 1 ms: layer 2 at 5 until 8, layer 1 at 7 and layer 0 at 9 behind it; or, waiting until 8, layer 1 until 11, when layer 0
// is long there. Seven milliseconds a layer: both the others are there at 12, and are fused.
TEST(Schedulers, BlockingHorovodFusesWhatCameMeanwhile) {
  const auto sent = [](double milliseconds, bool blocking) {
    return play_s_sgd(three_layers(), {{"schedule", schedule("horovod")}, {"blocking", blocking}}, layer_takes(milliseconds), 3)
        .first_step;
  };
  EXPECT_EQ(sent(3, false), (Messages{{5, 8, 4000}, {8, 11, 4000}, {11, 14, 4000}}));
  EXPECT_EQ(sent(3, true), (Messages{{5, 8, 4000}, {8, 11, 4000}, {11, 14, 4000}}));
  const Messages fused = sent(7, true);
  EXPECT_EQ(fused[0], (Message{5, 12, 4000}));
  EXPECT_EQ(fused[1], (Message{12, 26, 8000}));
}

// Worker 1 at half speed has its gradients at 10, 14 and 18: what it has at 12, 16 and 20 is what travels.
TEST(Schedulers, HorovodSendsWhatAllRanksHave) {
  NetworkProfile network = layer_takes(3);
  network.speed = {1, 0.5};
  const Played played = play_s_sgd(three_layers(), {{"schedule", schedule("horovod")}, {"cycle_ms", 4.0}}, network, 3);
  EXPECT_EQ(played.first_step, (Messages{{12, 15, 4000}, {16, 19, 4000}, {20, 23, 4000}}));
}

// a = 1 ms, and 3 ms a layer. Alone: 5 to 9, to 13, to 17. Layers 1 and 0 merged: 9 to 16. Layers 2 and 1: 7 to 14, then to 18.
// All: 9 to 19.
TEST(Schedulers, MgWfbpMergesAsIsBest) {
  const Messages best = {{6, 9, 4000}, {10, 16, 8000}};  // without the launch
  for (const char* merging : {"optimal", "algorithm-1"}) {
    const Played played =
        play_s_sgd(three_layers(), {{"schedule", schedule("mg-wfbp")}, {"merging", std::string(merging)}}, layer_takes(3, 1), 2);
    EXPECT_EQ(played.first_step, best) << merging;
    EXPECT_EQ(played.iteration, 17) << merging;
  }
}

// Told that start-up takes 10 ms, it merges all; told that it takes nothing, none.
TEST(Schedulers, MgWfbpPlansByWhatItIsGiven) {
  const auto sent = [&](double start_up_us) {
    return play_s_sgd(three_layers(),
                      {{"schedule", schedule("mg-wfbp")},
                       {"all_reduce_model", std::string("given")},
                       {"start_up_us", start_up_us},
                       {"all_reduce_mb_s", 4.0 / 3}},
                      layer_takes(3), 3)
        .first_step;
  };
  EXPECT_EQ(sent(10000).front(), (Message{9, 18, 12000}));
  EXPECT_EQ(sent(0), (Messages{{5, 8, 4000}, {8, 11, 4000}, {11, 14, 4000}}));
}

/// Cut into pieces of at most 3,000 bytes: layer 0's of 1,600, layer 1's 2 of 2,500, layer 2's 2 of 3,000. A thousand bytes a ms.
Dnn pieces() { return layers_of({400, 1250, 1500}); }

// One piece under way: at 8, when layer 2's first has gone, layer 1 is ready and goes first; at 10.5 so does layer 0.
const Messages kByPriority = {{5, 8, 3000}, {8, 10.5, 2500}, {10.5, 12.1, 1600}, {12.1, 14.6, 2500}, {14.6, 17.6, 3000}};

TEST(Schedulers, BytePsSendsWhatIsNearestTheInputFirst) {
  const NetworkProfile network = star_of(2, 1e6);
  const Played credit = play_s_sgd(
      pieces(), {{"schedule", schedule("byteps")}, {"partition_bytes", 3000.0}, {"scheduling_credit", 1.0}}, network, 5);
  EXPECT_EQ(credit.first_step, kByPriority);
  EXPECT_EQ(credit.iteration, 18.6);
  // Without a limit a piece is pushed while another is pulled, each at half the links' rate. Half of a piece goes to the other
  // worker's server: layer 2's first in 1.5 ms until 6.5, its second until 8, behind which the first is asked for, and pulled until
  // 11, while layer 1's first is pushed until 10.5. Layer 1's second was there at 8: it is pushed until 12, and then layer 2's
  // second is pulled until 14.3, while layer 0's is pushed until 13.6. Then the rest is pulled.
  const Played none = play_s_sgd(pieces(), {{"schedule", schedule("byteps")}, {"partition_bytes", 3000.0}}, network, 5);
  EXPECT_EQ(none.first_step,
            (Messages{{5, 11, 3000}, {6.5, 14.3, 3000}, {8, 15.55, 2500}, {10.5, 16.8, 2500}, {12, 17.6, 1600}}));
  EXPECT_EQ(none.iteration, 18.6);
  // 12,600 bytes as one tensor, which backward has filled at 9: five pieces of 2,520.
  const Played fused = play_s_sgd(
      pieces(), {{"schedule", schedule("byteps")}, {"partition_bytes", 3000.0}, {"fused", true}, {"scheduling_credit", 1.0}},
      network, 5);
  EXPECT_EQ(fused.first_step,
            (Messages{{9, 11.52, 2520}, {11.52, 14.04, 2520}, {14.04, 16.56, 2520}, {16.56, 19.08, 2520}, {19.08, 21.6, 2520}}));
}

// Layer 0 comes at 12.1, is updated until 13.1 and forward until 14.1; layer 1 at 14.6, until 16.6; layer 2 at 17.6, until 19.6:
// backward begins there, and began at 3.
TEST(Schedulers, BytescheduledForwardWaitsForItsOwnLayers) {
  const Played played = play_s_sgd(
      pieces(), {{"schedule", schedule("bytescheduler")}, {"partition_mb", 0.003}, {"credit_mb", 0.003}}, star_of(2, 1e6), 6);
  Messages expected = kByPriority;
  expected.push_back({21.6, 24.6, 3000});
  EXPECT_EQ(played.first_step, expected);
  EXPECT_EQ(played.iteration, 16.6);
}

// Three all-reduces for a bucket, one bucket after the other, in the same order on all ranks however fast they compute.
TEST(Schedulers, ThePowerSgdHookMakesThreeAllReducesABucket) {
  Dnn dnn = layers_of({10, 10});
  for (Layer& layer : dnn.layers) layer.parameters = {{"weight", {100, 50}}, {"bias", {100}}};
  NetworkProfile network = star_of(3, 1e6);
  network.speed = {1, 0.3, 0.7};
  const auto hook =
      method_with("power-sgd", {{"schedule", schedule("ddp")}, {"first_bucket_mib", 0.001}, {"form", std::string("hook")}});
  std::vector<std::int64_t> bytes;  // the first bucket closes with layer 1's biases' 400 bytes and its matrix
  for (const Message& message : play_method(dnn, *hook, network, 6).first_step) bytes.push_back(message.bytes);
  EXPECT_EQ(bytes, (std::vector<std::int64_t>{400, 1600, 800, 400, 1600, 800}));
}

/// When backward of layer 1, in a bucket of its own, begins after that of layer 2, and when the hook is done with layer 2, in the
/// first step of worker 0; milliseconds.
std::pair<double, double> backward_and_hook(const Dnn& dnn, bool chains_in_caller) {
  NetworkProfile network = layer_takes(3);
  network.stack.chains_in_caller = chains_in_caller;
  const auto hook = method_with(
      "power-sgd",
      {{"schedule", schedule("ddp")}, {"first_bucket_mib", 0.0005}, {"bucket_mib", 0.0005}, {"form", std::string("hook")}});
  sim::MemoryTrace trace;
  iteration_of(dnn, *hook, network, trace);
  double backward = 0, done = 0;
  for (const sim::Span& span : trace.spans) {
    if (span.track != 0) continue;
    if (backward == 0 && span.category == "backward" && span.name == "layer1") backward = span.begin.seconds();
    if (done == 0 && span.name == "P Q^T") done = span.end.seconds();
  }
  return {1e3 * backward, 1e3 * done};
}

// PyTorch's hook chains all it does to its first all-reduce, of what is not compressed. Where that is nothing, it has ended at once.
TEST(Schedulers, BackwardWaitsForAHookWhoseChainRunsInItsThread) {
  Dnn dnn = three_layers();
  for (Layer& layer : dnn.layers) layer.parameters = {{"weight", {100, 50}}};
  const auto [apart, apart_done] = backward_and_hook(dnn, false);
  EXPECT_LT(apart, apart_done);
  const auto [held, held_done] = backward_and_hook(dnn, true);
  EXPECT_EQ(held, held_done);
  for (Layer& layer : dnn.layers) layer.parameters.push_back({"bias", {100}});
  const auto [beside, beside_done] = backward_and_hook(dnn, true);
  EXPECT_LT(beside, beside_done);
}

}  // namespace
}  // namespace syncline::models
