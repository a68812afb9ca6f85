#include "scenarios/scenario.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/error.h"
#include "tests/temporary_folder.h"

namespace syncline::scenarios {
namespace {

/// A folder with a scenario in it.
class ScenarioFolder : public TemporaryFolder {
 public:
  explicit ScenarioFolder(const std::string& scenario) : file_(write("s.toml", scenario)) {}
  Scenario load(const std::vector<Override>& overrides = {}) const { return load_scenario(file_, overrides); }

 private:
  std::string file_;
};

const std::string kLeast = "networks = [\"10gbe\"]\n[[method]]\nname = \"s-sgd\"\n";

TEST(Scenario, ThreeLinesAreEnough) {
  const Scenario scenario = ScenarioFolder(kLeast).load();
  EXPECT_EQ(scenario.title, "s");
  EXPECT_EQ(scenario.model, "lenet");
  EXPECT_EQ(scenario.dataset.name, "fashion-mnist");
  EXPECT_EQ(scenario.workers, 32);
  EXPECT_EQ(scenario.gpu.name, "v100");
  EXPECT_EQ(scenario.gpu.flops_per_second, 15.7e12);
  ASSERT_EQ(scenario.networks.size(), 1u);
  EXPECT_EQ(scenario.networks[0].name, "10gbe");
  EXPECT_EQ(scenario.networks[0].cluster.workers.size(), 32u);
  EXPECT_EQ(scenario.networks[0].cluster.topology.links().front().capacity, Bandwidth::bits_per_second(10e9));
  ASSERT_EQ(scenario.methods.size(), 1u);
  EXPECT_EQ(scenario.methods[0].label, "s-sgd");
  EXPECT_EQ(scenario.methods[0].where.line, 2);
}

TEST(Scenario, AGpuMayHaveMeasuredKernels) {
  const std::string of_h100 = kLeast + "[gpu]\nbase = \"h100\"\n[[gpu.kernel]]\nname = \"top-k\"\nmemory_efficiency = 0.4\n";
  const Scenario scenario = ScenarioFolder(of_h100).load();
  EXPECT_EQ(scenario.gpu.memory_efficiency_of("top-k"), 0.4);
  EXPECT_EQ(scenario.gpu.memory_efficiency_of("sign"), 0.75);
  EXPECT_THROW(ScenarioFolder(of_h100 + "[[gpu.kernel]]\nname = \"top-k\"\n").load(), UserError);
  EXPECT_THROW(ScenarioFolder(of_h100 + "[[gpu.kernel]]\nname = \"topk\"\n").load(), UserError);  // nobody would charge it
}

TEST(Scenario, OverridesWinAndMakeSections) {
  const Scenario scenario = ScenarioFolder(kLeast).load({{"training.workers", "4"},
                                                         {"gpu", "a100"},
                                                         {"networks", "[\"1gbe\"]"},
                                                         {"method.s-sgd.schedule", "bsp"},
                                                         {"method.0.label", "me"}});
  EXPECT_EQ(scenario.workers, 4);
  EXPECT_EQ(scenario.gpu.name, "a100");
  EXPECT_EQ(scenario.networks[0].name, "1gbe");
  EXPECT_EQ(scenario.methods[0].label, "me");
  EXPECT_EQ(scenario.methods[0].parameters.text("schedule"), "bsp");
}

TEST(Scenario, LabelsSayWhatIsSet) {
  const Scenario scenario =
      ScenarioFolder(kLeast +
                     "[[method]]\nname = \"top-k\"\ndensity = 0.05\n[[method]]\nname = \"sign-sgd\"\nform = \"majority-vote\"\n")
          .load();
  EXPECT_EQ(scenario.methods[1].label, "top-k density 0.05");
  EXPECT_EQ(scenario.methods[2].label, "sign-sgd majority-vote");
}

TEST(Scenario, ABaseGivesWhatIsNotWritten) {
  const Scenario scenario = ScenarioFolder(kLeast +
                                           "[[network]]\nbase = \"mixed\"\nname = \"worse\"\nuplink_bandwidth = \"1 Gbit/s\"\n"
                                           "[network.stack]\nefficiency = 0.5\n"
                                           "[[network.worker]]\nindex = 3\nspeed = 0.25\n")
                                .load();
  const models::NetworkProfile& worse = scenario.networks.at(1);
  EXPECT_EQ(worse.name, "worse");
  EXPECT_EQ(worse.title, "two racks of 10 Gbit/s Ethernet, a 2.5 Gbit/s uplink, one worker at half speed, changed");
  EXPECT_EQ(worse.speed[0], 0.5);  // the base's
  EXPECT_EQ(worse.speed[3], 0.25);
  EXPECT_EQ(worse.stack.name, "NCCL over TCP");
  EXPECT_EQ(worse.stack.efficiency, 0.5);
  bool slow_uplink = false;
  for (const network::Link& link : worse.cluster.topology.links())
    slow_uplink |= link.capacity == Bandwidth::bits_per_second(1e9);
  EXPECT_TRUE(slow_uplink);
}

TEST(Scenario, AWorkersKeysAreLaidOverTheBases) {
  const Scenario scenario = ScenarioFolder(kLeast +
                                           "[[network]]\nbase = \"mixed\"\nname = \"worse\"\n"
                                           "[[network.worker]]\nindex = 0\nbandwidth = \"1 Gbit/s\"\n")
                                .load();
  const models::NetworkProfile& worse = scenario.networks.at(1);
  EXPECT_EQ(worse.speed[0], 0.5);  // the base's
  int slow = 0;
  for (const network::Link& link : worse.cluster.topology.links()) {
    if (link.capacity != Bandwidth::bits_per_second(1e9)) continue;
    ++slow;
    EXPECT_EQ(link.latency, Time::microseconds(15));  // the base's links'
  }
  EXPECT_EQ(slow, 2);
}

TEST(Scenario, ABasesWorkerKeepsItsBandwidthWhereOnlyItsLatencyIsGiven) {
  const ScenarioFolder folder(
      "[training]\nworkers = 2\n[[method]]\nname = \"s-sgd\"\n[[network]]\nbase = \"own.toml\"\n"
      "[[network.worker]]\nindex = 1\nlatency = \"7 us\"\n");
  folder.write("own.toml", "[[worker]]\nindex = 1\nbandwidth = \"1 Mbit/s\"\n");
  int both = 0;
  const Scenario scenario = folder.load();
  for (const network::Link& link : scenario.networks.at(0).cluster.topology.links()) {
    both += link.capacity == Bandwidth::bits_per_second(1e6) && link.latency == Time::microseconds(7);
  }
  EXPECT_EQ(both, 2);  // to the switch and from it
}

TEST(Scenario, ABaseGivesOnlyWhatFitsTheTopology) {
  const Scenario scenario =
      ScenarioFolder(kLeast + "[[network]]\nbase = \"mixed\"\nname = \"flat\"\ntopology = \"star\"\n").load();
  const models::NetworkProfile& flat = scenario.networks.at(1);
  EXPECT_EQ(flat.cluster.topology.links().size(), 64u);  // 32 workers, each to the switch and back: no uplinks
  EXPECT_EQ(flat.speed[0], 0.5);                         // what fits any topology stays
  EXPECT_EQ(flat.stack.name, "NCCL over TCP");
}

TEST(Scenario, ABasesLinksAreLeftOutWhereTheTopologyHasNone) {
  const std::string link = "latency = \"1 us\"\nbandwidth = \"1 Gbit/s\"\n";
  const std::string own = "[training]\nworkers = 2\n[[method]]\nname = \"s-sgd\"\n[[network]]\nbase = \"own.toml\"\n";
  const ScenarioFolder by_hand(own + "topology = \"star\"\n");
  by_hand.write("own.toml", "topology = \"links\"\n[[link]]\nfrom = \"worker0\"\nto = \"worker1\"\n" + link +
                                "[[worker]]\nindex = 1\nspeed = 2\n");
  EXPECT_EQ(by_hand.load().networks.at(0).speed[1], 2);
  EXPECT_EQ(by_hand.load().networks.at(0).cluster.topology.links().size(), 4u);

  const ScenarioFolder star(own + "topology = \"links\"\n[[network.link]]\nfrom = \"worker0\"\nto = \"worker1\"\n" + link);
  star.write("own.toml", link + "[[worker]]\nindex = 1\nspeed = 2\nbandwidth = \"2 Gbit/s\"\n");
  const Scenario linked = star.load();
  EXPECT_EQ(linked.networks.at(0).speed[1], 2);
  for (const network::Link& each : linked.networks.at(0).cluster.topology.links()) {
    EXPECT_EQ(each.capacity, Bandwidth::bits_per_second(1e9));
  }
}

TEST(Scenario, GpuAsASection) {
  const Scenario scenario = ScenarioFolder(kLeast + "[gpu]\nbase = \"h100\"\nname = \"half\"\nflops = \"33.5 TFLOP/s\"\n").load();
  EXPECT_EQ(scenario.gpu.name, "half");
  EXPECT_TRUE(scenario.gpu.title.ends_with(", changed")) << scenario.gpu.title;
  EXPECT_EQ(scenario.gpu.flops_per_second, 33.5e12);
  EXPECT_EQ(scenario.gpu.memory, Bandwidth::bytes_per_second(3.35e12));
}

TEST(Scenario, AWorkersLinkDiffers) {
  const Scenario scenario =
      ScenarioFolder(
          kLeast +
          "[training]\nworkers = 2\n[[network]]\nname = \"n\"\n[[network.worker]]\nindex = 1\nbandwidth = \"1 Gbit/s\"\n")
          .load();
  int slow = 0;
  for (const network::Link& link : scenario.networks.at(1).cluster.topology.links())
    slow += link.capacity == Bandwidth::bits_per_second(1e9);
  EXPECT_EQ(slow, 2);  // to the switch and from it
}

TEST(Scenario, FilesBesideItComeFirst) {
  const ScenarioFolder folder("networks = [\"10gbe\", \"own.toml\"]\n[[method]]\nname = \"s-sgd\"\n");
  folder.write("networks/10gbe.toml", "title = \"mine\"\n");
  folder.write("own.toml", "title = \"own\"\nbandwidth = \"40 Gbit/s\"\n");
  const Scenario scenario = folder.load();
  EXPECT_EQ(scenario.networks[0].title, "mine");
  EXPECT_EQ(scenario.networks[1].name, "own");
}

TEST(Scenario, ErrorsInADataFileNameThatFile) {
  const ScenarioFolder folder("networks = [\"own.toml\"]\n[[method]]\nname = \"s-sgd\"\n");
  folder.write("own.toml", "title = \"own\"\nbandwith = \"40 Gbit/s\"\n");
  try {
    folder.load();
    FAIL() << "accepted";
  } catch (const UserError& error) {
    EXPECT_TRUE(error.location().file.ends_with("own.toml"));
    EXPECT_EQ(error.location().line, 2);
    EXPECT_EQ(error.location().key, "bandwith");
  }
}

TEST(Scenario, LinksByHand) {
  const std::string link = "[[network.link]]\nbandwidth = \"1 Gbit/s\"\nlatency = \"1 us\"\n";
  const Scenario scenario =
      ScenarioFolder("[training]\nworkers = 2\n[[method]]\nname = \"s-sgd\"\n[[network]]\nname = \"n\"\ntopology = \"links\"\n" +
                     link + "from = \"worker0\"\nto = \"hub\"\n" + link + "from = \"hub\"\nto = \"worker1\"\n")
          .load();
  EXPECT_EQ(scenario.networks.at(0).cluster.topology.links().size(), 4u);
}

TEST(Scenario, AnyNameButAWorkersIsASwitch) {
  for (const char* name : {"workersw", "worker", "worker1b"}) {
    std::string text = "[training]\nworkers = 2\n[[method]]\nname = \"s-sgd\"\n[[network]]\nname = \"n\"\ntopology = \"links\"\n";
    for (const char* worker : {"worker0", "worker1"}) {
      text += fmt::format("[[network.link]]\nfrom = \"{}\"\nto = \"{}\"\nbandwidth = \"1 Gbit/s\"\nlatency = \"1 us\"\n", worker,
                          name);
    }
    const Scenario scenario = ScenarioFolder(text).load();
    EXPECT_EQ(scenario.networks.at(0).cluster.topology.links().size(), 4u) << name;
  }
}

TEST(LearningRate, EpochsBecomeSteps) {
  LearningRateSetting setting;
  setting.kind = models::LearningRateKind::warmup_cosine;
  setting.base = 0.5;
  setting.warmup_epochs = 2;
  setting.min_factor = 0.25;
  const models::LearningRate rate = setting.in_steps(50, 1000);
  EXPECT_EQ(rate.warmup_steps, 100);
  EXPECT_EQ(rate.total_steps, 1000);
  EXPECT_EQ(rate.base, 0.5);
  EXPECT_EQ(rate.min_factor, 0.25);
}

TEST(LearningRate, AShortTrainingKeepsAStepAfterItsWarmUp) {
  LearningRateSetting setting;
  setting.kind = models::LearningRateKind::warmup_cosine;
  setting.warmup_epochs = 0.9;
  EXPECT_EQ(setting.in_steps(10, 5).warmup_steps, 4);
}

TEST(Override, MustBeKeyAndValue) {
  EXPECT_EQ(parse_override("a.b=c=d").key, "a.b");
  EXPECT_EQ(parse_override("a.b=c=d").value, "c=d");
  EXPECT_THROW(parse_override("a.b"), UserError);
  EXPECT_THROW(parse_override("=1"), UserError);
}

}  // namespace
}  // namespace syncline::scenarios
