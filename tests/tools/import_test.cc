// `syncline import`, up to a run of what it made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/tools/program.h"

namespace syncline::tools {
namespace {

using testing::HasSubstr;

const std::string kData = std::string(SYNCLINE_SOURCE_DIR) + "/tests/data/";
const std::string kKineto = kData + "kineto_small_cnn.json", kChakra = kData + "chakra_small_step.et";
const std::string kPlain = "[[network]]\nbandwidth = \"8 Gbit/s\"\nlatency = \"0 us\"\n[network.stack]\nlaunch = \"0 us\"\n";

nlohmann::json timeline(const Workplace& place, const std::string& scenario, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"run", scenario, "--json", "out.json", "--quiet"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const ProgramResult run = place.run(arguments);
  EXPECT_EQ(run.code, 0) << run.err;
  return nlohmann::json::parse(place.read("out.json"));
}

TEST(Import, AKinetoTraceBecomesAProfileThatAScenarioTimes) {
  const Workplace place;
  const ProgramResult imported = place.run({"import", "kineto", kKineto, "--batch", "8", "--output", "cnn.toml"});
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_EQ(imported.out, "");
  place.write("s.toml", "[training]\ntrain = false\nmodel = \"layers\"\nprofile = \"cnn.toml\"\nworkers = 2\nbatch = 8\n" +
                            kPlain + "[[method]]\nname = \"s-sgd\"\n");
  const nlohmann::json report = timeline(place, "s.toml");
  EXPECT_EQ(report["scenario"]["parameters"], 156 + 2416 + 2570);
  EXPECT_EQ(report["scenario"]["compute"]["by"], "profile");
  const nlohmann::json part = report["networks"][0]["outcomes"][0]["breakdown"];
  EXPECT_GT(part["forward"], 0);
  EXPECT_GT(part["backward"], part["update"]);
  const ProgramResult checked = place.run({"check", "s.toml"});
  EXPECT_THAT(checked.out, HasSubstr("  compute   by the profile of a CPU\n"));
}

TEST(Import, AProfileGoesToTheOutputWhereNoFileIsNamed) {
  const Workplace place;
  const ProgramResult imported =
      place.run({"import", "kineto", kKineto, "--batch", "8", "--model", "lenet", "--device", "my \"CPU\""});
  EXPECT_THAT(imported.out, HasSubstr("# Means of 2 steps: lengths of the operators on the CPU.\n"));
  EXPECT_THAT(imported.out, HasSubstr(" is of no layer, and is left out; most of it is \"aten::cross_entropy_loss\".\n"));
  EXPECT_THAT(imported.out, HasSubstr("model = \"lenet\"\nbatch = 8\ndevice = "));
  EXPECT_THAT(imported.out, HasSubstr("[[layer]]\nname = \"conv1\"\nforward = \""));
}

// Forward 3.5 ms and 4 ms of backward; 4 MB travel for 4 ms, while 3 ms of backward go on; 8 MB for 8 ms; 0.9 ms of update.
TEST(Import, AChakraTraceBecomesAScenarioThatRuns) {
  const Workplace place;
  const ProgramResult imported = place.run({"import", "chakra", kChakra, "--workers", "2", "--output", "step.toml"});
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_EQ(place.run({"check", "step.toml"}).code, 0);
  const nlohmann::json report =
      timeline(place, "step.toml",
               {"--set", "networks=[]", "--set", R"(network=[{bandwidth="8 Gbit/s", latency="0 us", stack={launch="0 us"}}])"});
  EXPECT_EQ(report["scenario"]["parameters"], 3'000'000);
  EXPECT_NEAR(report["networks"][0]["outcomes"][0]["iteration"].get<double>(), 20.4e-3, 1e-11);
}

TEST(Import, WhatCannotBeImportedIsRefused) {
  const Workplace place;
  place.write("cut.json", "{\"traceEvents\": [");
  place.write("cut.et", std::string("\x40") + "abc");
  const auto complaint = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "import");
    const ProgramResult result = place.run(arguments);
    EXPECT_EQ(result.code, 2) << result.err;
    EXPECT_EQ(result.out, "");
    return result.err;
  };
  EXPECT_THAT(complaint({"kineto", kKineto}), HasSubstr("--batch: missing"));
  EXPECT_THAT(complaint({"kineto", kKineto, "--batch", "0"}), HasSubstr("--batch"));
  EXPECT_THAT(complaint({"kineto", kKineto, "--batch", "8", "--gpu", "v100"}),
              HasSubstr("--gpu: has no effect on an import of kineto"));
  EXPECT_THAT(complaint({"kineto", kKineto, "--batch", "8", "--model", "nosuch"}), HasSubstr("unknown model 'nosuch'"));
  EXPECT_THAT(complaint({"kineto", "cut.json", "--batch", "8"}), HasSubstr("cut.json: is not JSON, or cut off"));
  EXPECT_THAT(complaint({"kineto", "none.json", "--batch", "8"}), HasSubstr("none.json"));
  EXPECT_THAT(complaint({"kineto", "cut.json", "--batch", "8", "--output", "cut.json"}),
              HasSubstr("is read, and would be written over"));
  EXPECT_THAT(complaint({"chakra", "cut.et"}), HasSubstr("cut.et: is cut off, or no Chakra trace"));
  EXPECT_THAT(complaint({"chakra", kKineto}), HasSubstr("no Chakra trace"));
  EXPECT_THAT(complaint({"chakra", kChakra, "--model", "lenet"}), HasSubstr("--model: has no effect on an import of chakra"));
  EXPECT_THAT(complaint({"chakra", kChakra, "--gpu", "v1000"}), HasSubstr("v1000"));
  EXPECT_THAT(complaint({"chakra"}), HasSubstr("too few arguments where two are needed: syncline import FORMAT FILE [options]"));
  EXPECT_THAT(complaint({"nsys", "x"}), HasSubstr("unknown FORMAT 'nsys'; known: chakra, kineto"));
}

}  // namespace
}  // namespace syncline::tools
