// Layers, rates and profiles as a scenario gives them, up to the times that a run reports.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/run.h"
#include "scenarios/scenario.h"
#include "sim/error.h"
#include "tests/temporary_folder.h"

namespace syncline::scenarios {
namespace {

constexpr double kPicosecond = 1e-12;

const std::string kNetwork = "[[network]]\nbandwidth = \"8 Gbit/s\"\nlatency = \"0 us\"\n[network.stack]\nlaunch = \"0 us\"\n";
const std::string kMethods =
    "[[method]]\nname = \"s-sgd\"\nlabel = \"bsp\"\nschedule = \"serial\"\n"
    "[[method]]\nname = \"s-sgd\"\nlabel = \"wfbp\"\nschedule = \"wfbp\"\n";

/// Two layers: a million parameters in two tensors, and half a million.
const std::string kLayers =
    "[[training.layer]]\nname = \"low\"\nparameters = [[1000, 999], [1000]]\nforward = \"1 ms\"\nbackward = \"15 ms\"\n"
    "[[training.layer]]\nname = \"relu\"\nforward = \"500 us\"\nbackward = \"2 ms\"\n"
    "[[training.layer]]\nname = \"high\"\nparameters = [[500, 1000]]\nforward = \"2 ms\"\nbackward = \"3 ms\"\n";

std::string training(const std::string& keys, const std::string& layers = kLayers) {
  return "[training]\ntrain = false\nworkers = 2\nbatch = 4\n" + keys + layers;
}

struct Loaded {
  explicit Loaded(const std::string& text) : file(folder.write("s.toml", text)) {}
  Scenario scenario() const { return load_scenario(file); }
  RunResult result() const {
    RunOptions options;
    options.threads = 1;
    return run(scenario(), options);
  }
  std::string complaint() const {
    try {
      check(scenario());
    } catch (const UserError& error) {
      const Location& at = error.location();
      return fmt::format("{}:{}: {}: {}", at.file.substr(at.file.rfind('/') + 1), at.line, at.key, error.message());
    }
    return "";
  }
  TemporaryFolder folder;
  std::string file;
};

// A link carries 10^9 bytes a second; the all-reduce between two of V bytes sends V: 4 ms for a million parameters, 2 ms for half.
TEST(OwnLayers, TakeTheTimesThatAreGiven) {
  const Loaded loaded(training("model = \"layers\"\nupdate = \"0 s\"\n") + kNetwork + kMethods);
  const RunResult result = loaded.result();
  EXPECT_EQ(result.parameters, 1'500'000);
  EXPECT_EQ(result.tensors, 3u);
  const models::Timeline& bsp = result.networks[0].outcomes[0].timeline;
  EXPECT_NEAR(bsp.breakdown.forward, 3.5e-3, kPicosecond);
  EXPECT_NEAR(bsp.breakdown.backward, 20e-3, kPicosecond);
  EXPECT_EQ(bsp.breakdown.update, 0);
  EXPECT_NEAR(bsp.iteration, 29.5e-3, 10 * kPicosecond);
  EXPECT_NEAR(result.networks[0].outcomes[1].timeline.iteration, 27.5e-3, 10 * kPicosecond);  // "high" travels during "low"
}

TEST(OwnLayers, TakeTwiceAsLongOnAWorkerAtHalfSpeed) {
  const Loaded loaded(training("model = \"layers\"\nupdate = \"1 ms\"\n") + kNetwork +
                      "[[network.worker]]\nindex = 0\nspeed = 0.5\n" + kMethods);
  EXPECT_NEAR(loaded.result().networks[0].outcomes[0].timeline.iteration, 2 * 24.5e-3 + 6e-3, 10 * kPicosecond);
}

// The 2 ms in which "high" travels do 4/3 ms of backward.
TEST(OwnLayers, TakeLongerWhileTheWorkerCommunicates) {
  const Loaded loaded(training("model = \"layers\"\nupdate = \"0 s\"\n") + kNetwork + kMethods);
  const Scenario slowed = load_scenario(loaded.file, {{"network.0.stack.overlap_slowdown", "1.5"}});
  RunOptions options;
  options.threads = 1;
  const RunResult result = run(slowed, options);
  EXPECT_NEAR(result.networks[0].outcomes[0].timeline.iteration, 29.5e-3, 10 * kPicosecond);  // nothing overlaps
  EXPECT_NEAR(result.networks[0].outcomes[1].timeline.iteration, 27.5e-3 + 2e-3 / 3, 10 * kPicosecond);
  for (const char* wrong : {"0.99", "-1", "101", "nan", "true", "\"2\""}) {
    EXPECT_THROW(load_scenario(loaded.file, {{"network.0.stack.overlap_slowdown", wrong}}), UserError) << wrong;
  }
}

TEST(OwnLayers, CanBeSetFromTheCommandLine) {
  const Loaded loaded(training("model = \"layers\"\n") + kNetwork + kMethods);
  const Scenario scenario = load_scenario(loaded.file, {{"training.layer.relu.forward", "7 ms"}});
  EXPECT_EQ(scenario.compute.profile->layers.at(1).forward, Time::milliseconds(7));
}

TEST(SamplesPerSecond, AreWhatOneWorkerByItselfComputes) {
  for (const std::string model : {"lenet", "resnet50", "bert-base", "vit-b-16"}) {
    const Loaded loaded(training("model = \"" + model + "\"\nsamples_per_second = 40\n", "") + kNetwork + kMethods);
    const RunResult result = loaded.result();
    const models::Breakdown& part = result.networks[0].outcomes[0].timeline.breakdown;
    // Each piece of work is rounded up to a picosecond.
    EXPECT_NEAR(part.forward + part.backward + part.update, 0.1, 2000 * kPicosecond) << model;
    EXPECT_GT(part.backward, part.forward) << model;
  }
}

const std::string kProfile =
    "model = \"layers\"\nbatch = 8\ndevice = \"a GPU\"\ndate = \"2026-01-01\"\nsource = \"a test\"\nupdate = \"3 ms\"\n"
    "[[layer]]\nname = \"high\"\nforward = \"8 ms\"\nbackward = \"10 ms\"\n"
    "[[layer]]\nname = \"low\"\nforward = \"4 ms\"\nbackward = \"6 ms\"\n"
    "[[layer]]\nname = \"relu\"\nforward = \"0 s\"\nbackward = \"0 s\"\n";

// Half a batch, so half the time of the layers; the update is as it is.
TEST(Profile, GoesBeforeTheGivenTimes) {
  const Loaded loaded(training("model = \"layers\"\nprofile = \"p.toml\"\n") + kNetwork + kMethods);
  loaded.folder.write("p.toml", kProfile);
  const models::Breakdown part = loaded.result().networks[0].outcomes[0].timeline.breakdown;
  EXPECT_NEAR(part.forward, 6e-3, kPicosecond);
  EXPECT_NEAR(part.backward, 8e-3, kPicosecond);
  EXPECT_NEAR(part.update, 3e-3, kPicosecond);
  EXPECT_EQ(models::source_name(loaded.scenario().compute), "profile");
  EXPECT_EQ(loaded.scenario().data_files.size(), 2u);  // the GPU and the profile
}

TEST(Profile, MayBeAllThatDescribesTheNetwork) {
  const Loaded loaded(training("model = \"layers\"\nprofile = \"p.toml\"\n", "") + kNetwork + kMethods);
  loaded.folder.write("p.toml",
                      "model = \"layers\"\nbatch = 4\nupdate = \"0 s\"\n"
                      "[[layer]]\nname = \"a\"\nforward = \"1 ms\"\nbackward = \"2 ms\"\nparameters = [[500, 2], [10]]\n");
  const RunResult result = loaded.result();
  EXPECT_EQ(result.parameters, 1010);
  EXPECT_EQ(result.tensors, 2u);
  EXPECT_NEAR(result.networks[0].outcomes[0].timeline.breakdown.backward, 2e-3, kPicosecond);
}

TEST(Profile, MayStandInTheScenario) {
  const Loaded loaded(training("model = \"mlp\"\n[training.profile]\nmodel = \"mlp\"\nbatch = 4\n", "") +
                      "[[training.profile.layer]]\nname = \"x\"\nforward = \"1 ms\"\nbackward = \"1 ms\"\n" + kNetwork +
                      kMethods);
  EXPECT_THAT(loaded.complaint(), testing::StartsWith("s.toml:9: training.profile.layer[0]: mlp has no layer 'x'; known: "));
}

TEST(Profile, IsOvertakenByARate) {
  const Loaded loaded(training("model = \"layers\"\nprofile = \"p.toml\"\nsamples_per_second = 40\n") + kNetwork + kMethods);
  loaded.folder.write("p.toml", kProfile);
  const models::Breakdown part = loaded.result().networks[0].outcomes[0].timeline.breakdown;
  EXPECT_NEAR(part.forward, 0.1 * 6 / 17, 10 * kPicosecond);
  EXPECT_NEAR(part.update, 0.1 * 3 / 17, 10 * kPicosecond);
}

TEST(Jobs, HaveTimesOfTheirOwnOrThoseOfTheTraining) {
  const Loaded loaded("[training]\ntrain = false\nworkers = 4\nbatch = 4\nmodel = \"lenet\"\nsamples_per_second = 400\n" +
                      kNetwork + kMethods +
                      "[[job]]\nname = \"same\"\nmethod = \"bsp\"\nworkers = 2\n"
                      "[[job]]\nname = \"own\"\nmethod = \"bsp\"\nworkers = [2, 3]\nsamples_per_second = 200\n");
  const RunResult result = loaded.result();
  const auto computes = [&](std::size_t job) {
    const models::Breakdown& part = result.networks[0].jobs.jobs[job].alone.breakdown;
    return part.forward + part.backward + part.update;
  };
  EXPECT_NEAR(computes(0), 0.01, 100 * kPicosecond);
  EXPECT_NEAR(computes(1), 0.02, 100 * kPicosecond);
}

TEST(BadInput, OfLayersProfilesAndRates) {
  struct Case {
    std::string text, complaint;
  };
  const std::string own = "model = \"layers\"\n";
  const std::string one = "[[training.layer]]\nname = \"a\"\nforward = \"1 s\"\nbackward = \"1 s\"\n";
  for (const auto& [text, complaint] : std::vector<Case>{
           {"[training]\nmodel = \"layers\"\n" + kLayers,
            "s.toml:2: training.model: layers can be timed only: say train = false"},
           {training(own, ""), "s.toml:5: training.model: has no layers: describe them in [[training.layer]]"},
           {training(own, one), "s.toml:5: training.model: has no parameters: give some layer its `parameters`"},
           {training(own, one + one), "s.toml:10: training.layer[1]: a second layer named 'a'"},
           {training("", kLayers), "s.toml:5: training.layer: has no effect: it is read only with model = \"layers\""},
           {training(own + "tokens = 5\n"), "s.toml:6: training.tokens: has no effect: layers reads no text"},
           {training(own, one + "parameters = [3]\n"),
            "s.toml:10: training.layer[0].parameters: must be a list of lists of whole numbers from 1 to 1000000000000, such as "
            "[[64, 3], [64]]"},
           {training(own, one + "parameters = [[3, 0]]\n"),
            "s.toml:10: training.layer[0].parameters: each must be from 1 to 1000000000000, not 0"},
           {training(own, one + "parameters = [[3.5]]\n"),
            "s.toml:10: training.layer[0].parameters: must be a list of lists of whole numbers from 1 to 1000000000000, such as "
            "[[64, 3], [64]]"},
           {training(own, one + "parameters = [[10000000, 1000000]]\n"),
            "s.toml:6: training.layer[0]: its parameters are more than 10^12 numbers"},
           {training(own, "[[training.layer]]\nname = \"a\"\nforward = \"-1 s\"\nbackward = \"1 s\"\n"),
            "s.toml:8: training.layer[0].forward: '-1 s' is not a time: a number, not negative"},
           {training(own, "[[training.layer]]\nname = \"a\"\nforward = 1\nbackward = \"1 s\"\n"),
            "s.toml:8: training.layer[0].forward: must be a text with a unit: a time of at most 1000 s, such as \"3 us\""},
           {training(own, "[[training.layer]]\nname = \"a\"\nforward = \"1 s\"\n"),
            "s.toml:6: training.layer[0].backward: missing"},
           {training(own, "[training.layer]\nname = \"a\"\n"), "s.toml:6: training.layer: must be repeated sections"},
           {training("samples_per_second = 0\n", ""), "s.toml:5: training.samples_per_second: must be above 0, not 0"},
           {training("samples_per_second = 4\nupdate = \"1 s\"\n", ""),
            "s.toml:5: training.samples_per_second: at 4 samples/s a step takes 1.00 s, and the update alone 1.00 s"},
           {training("profile = \"none\"\n", ""), "s.toml:5: training.profile: unknown name 'none'"},
           {training("[training.profile]\nbatch = 1\n", ""), "s.toml:5: training.profile.model: missing"},
           {training("[training.profile]\nmodel = \"lenet\"\nbatch = 0\n", ""),
            "s.toml:7: training.profile.batch: must be from 1 to 65536, not 0"},
           {training("[training.profile]\nmodel = \"mlp\"\nbatch = 1\n", ""),
            "s.toml:5: training.profile: the profile is of 'mlp', not of 'lenet'"},
           {training("[training.profile]\nmodel = \"lenet\"\nbatch = 1\n", ""),
            "s.toml:5: training.profile: the profile lacks the layer 'conv1' and "},
       }) {
    EXPECT_THAT(Loaded(text + kNetwork + kMethods).complaint(), testing::StartsWith(complaint)) << text;
  }
}

TEST(BadInput, OfAProfilesFileNamesTheFile) {
  const Loaded loaded(training("model = \"layers\"\nprofile = \"p.toml\"\n") + kNetwork + kMethods);
  loaded.folder.write("p.toml", kProfile + "backwards = \"1 s\"\n");
  EXPECT_EQ(loaded.complaint(), "p.toml:19: layer[2].backwards: unknown key; did you mean 'backward'?");
  loaded.folder.write("p.toml",
                      "model = \"layers\"\nbatch = 8\n[[layer]]\nname = \"high\"\nforward = \"8 ms\"\nbackward = \"1 ms\"\n");
  EXPECT_EQ(loaded.complaint(), "p.toml:1: : the profile lacks the layer 'low' and 1 more of layers");
  loaded.folder.write("p.toml", "model = \"layers\"\nbatch = 8\n[[layer]\n");
  EXPECT_THAT(loaded.complaint(), testing::StartsWith("p.toml:3: : not TOML: "));
}

}  // namespace
}  // namespace syncline::scenarios
