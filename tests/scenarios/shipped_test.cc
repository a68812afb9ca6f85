// The shipped files do what their descriptions say.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "models/dnn/dnn.h"
#include "models/training/timeline.h"
#include "scenarios/data_file.h"
#include "scenarios/run.h"
#include "scenarios/scenario.h"
#include "tests/temporary_folder.h"

namespace syncline::scenarios {
namespace {

models::Timeline s_sgd_timeline(const Scenario& scenario, const models::NetworkProfile& network) {
  const models::Dnn dnn = models::model(scenario.model).make({1, 28, 28, 10});
  models::TimelineSetup setup;
  setup.dnn = &dnn;
  setup.batch = scenario.batch;
  setup.device = &scenario.gpu;
  const models::MethodSetting& setting = scenario.methods.at(0);
  return models::play(setup, *setting.row->make(setting.parameters), network);
}

double s_sgd_step(const Scenario& scenario, const models::NetworkProfile& network) {
  return s_sgd_timeline(scenario, network).iteration;
}

// Any of them, whatever it is, plays as it is shipped.
TEST(Shipped, EachNetworkPlays) {
  const TemporaryFolder folder;
  for (const DataFile& file : network_files(DataFolders())) {
    SCOPED_TRACE(file.name);
    const Scenario scenario = load_scenario(
        folder.write("s.toml", "networks = [\"" + file.name + "\"]\n[training]\nbatch = 16\n[[method]]\nname = \"s-sgd\"\n"));
    const models::NetworkProfile& network = scenario.networks.at(0);
    const models::Timeline timeline = s_sgd_timeline(scenario, network);
    EXPECT_GT(timeline.iteration, 0);
    EXPECT_GE(timeline.iteration, timeline.bound * (1 - 1e-2));
    EXPECT_EQ(timeline.link_changes > 0, !network.changes.empty());
  }
}

// The fat tree's links flap: it is slower than one whose links do not, and both ways of its cables fail together.
TEST(Flapping, IsSlowerThanTheFatTree) {
  const TemporaryFolder folder;
  const Scenario scenario = load_scenario(
      folder.write("s.toml", "networks = [\"fat-tree\", \"flapping\"]\n[training]\nbatch = 16\n[[method]]\nname = \"s-sgd\"\n"));
  EXPECT_EQ(scenario.networks[1].changes.random.size(), 8u);
  for (const network::RandomChanges& cable : scenario.networks[1].changes.random) EXPECT_EQ(cable.links.size(), 2u);
  EXPECT_GT(s_sgd_step(scenario, scenario.networks[1]), 1.02 * s_sgd_step(scenario, scenario.networks[0]));
}

// The mixed cluster is there for its slow uplink. The ring crosses each uplink once in each direction, as it does each worker's
// link, so the slowest of them sets its pace; and lenet's one bucket is full only when backward ends, so nothing hides it. Each
// worker sends 2 (n - 1) / n gradients, of which the stack gets 94.1 % through. Above the 10 Gbit/s of the workers' links, a
// faster uplink changes nothing.
TEST(MixedCluster, FeelsItsUplink) {
  const auto uplink = [](const std::string& bandwidth) {
    return "[[network]]\nbase = \"mixed\"\nname = \"" + bandwidth + "\"\nuplink_bandwidth = \"" + bandwidth + "\"\n";
  };
  const TemporaryFolder folder;
  const Scenario scenario = load_scenario(
      folder.write("s.toml", "networks = [\"mixed\"]\n[training]\nbatch = 16\n[[method]]\nname = \"s-sgd\"\n" +
                                 uplink("1 Gbit/s") + uplink("5 Gbit/s") + uplink("10 Gbit/s") + uplink("40 Gbit/s")));
  std::vector<double> steps;
  for (const models::NetworkProfile& network : scenario.networks) steps.push_back(s_sgd_step(scenario, network));
  const double mixed = steps[0], slower = steps[1], faster = steps[2], like_links = steps[3], beyond = steps[4];

  const double bits = 2.0 * 31 / 32 * 61706 * 32 / 0.941;  // on the way of each worker's: parameters of 32 bits
  // Chunks of the ring are whole elements, of which 61,706 / 32 makes 1,928 or 1,929: less than 1 in 1,000 apart.
  EXPECT_NEAR(mixed - faster, bits * (1 / 2.5e9 - 1 / 5e9), 1e-3 * (mixed - faster));
  EXPECT_NEAR(slower - mixed, bits * (1 / 1e9 - 1 / 2.5e9), 1e-3 * (slower - mixed));
  EXPECT_NEAR(faster - like_links, bits * (1 / 5e9 - 1 / 10e9), 1e-3 * (faster - like_links));
  EXPECT_NEAR(beyond, like_links, 1e-9);
  EXPECT_LT(faster, 0.85 * mixed);  // 3.17 ms and 3.98 ms
}

/// [job] slowdowns.
std::vector<double> slowdowns(const std::vector<Override>& overrides) {
  const RunResult result = run(load_scenario(std::string(SYNCLINE_SOURCE_DIR) + "/scenarios/two-jobs.toml", overrides), {});
  std::vector<double> all;
  for (const models::JobResult& job : result.networks.at(0).jobs.jobs) all.push_back(job.slowdown);
  return all;
}

// Two of its jobs share an uplink that is enough for one, and the third meets nobody. It asks whether it helps a neighbour to send
// less.
TEST(TwoJobs, SlowEachOtherAndLessSoWhereOneCompresses) {
  const std::vector<double> plain = slowdowns({});
  ASSERT_EQ(plain.size(), 3U);
  EXPECT_GT(plain[0], 1.5);
  EXPECT_GT(plain[1], 1.5);
  EXPECT_EQ(plain[2], 1);
  const std::vector<double> compressed = slowdowns({{"job.language.method", "top-k density 0.01"}});
  EXPECT_LT(compressed[0], 1.4);
}

}  // namespace
}  // namespace syncline::scenarios
