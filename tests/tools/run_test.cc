// The program as a user meets it: a small scenario, run from end to end.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>

#include "models/training/method.h"
#include "tests/tools/program.h"

namespace syncline::tools {
namespace {

using nlohmann::json;

/// Two networks, one of them with a slow worker.
const std::string kTwoNetworks = kSmallScenario +
                                 "\n[[network]]\nname = \"slow\"\nbase = \"1gbe\"\n"
                                 "[[network.worker]]\nindex = 1\nspeed = 0.5\n";

TEST(Run, PrintsATableAndAdviceForEachNetwork) {
  const Workplace place;
  place.write("s.toml", kTwoNetworks);
  const ProgramResult result = place.run({"run", "s.toml", "--set", "training.target_accuracy=0"});
  ASSERT_EQ(result.code, 0) << result.err;
  for (const char* part :
       {"10gbe: 10 Gbit/s Ethernet", "slow: 1 Gbit/s Ethernet", " s-sgd ", "top-k density 0.5", "▶", "Use ", "2 workers"}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part << " is not in:\n" << result.out;
  }
  EXPECT_NE(result.err.find("training 1 of 2"), std::string::npos) << result.err;
}

// Worker 1's cable changes at time zero, both ways; a period of top-k and of s-sgd is one step.
TEST(Run, SaysOverHowManyStepsLinksThatChangeAreMeasured) {
  const Workplace place;
  place.write("s.toml", kSmallScenario +
                            "\n[[network]]\nname = \"changing\"\nbase = \"1gbe\"\nmeasured_steps = 7\n[[network.change]]\n"
                            "from = \"worker1\"\nto = \"switch\"\nat = \"0 s\"\nbandwidth = \"10 Mbit/s\"\n");
  const ProgramResult result = place.run({"run", "s.toml", "--quiet", "--json", "out.json", "--trace", "out.trace"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(
      result.out.find("means over the first steps of training; s-sgd: 7, in which links changed 2 times, top-k density 0.5: 7"),
      std::string::npos)
      << result.out;
  const json networks = json::parse(place.read("out.json")).at("networks");
  EXPECT_EQ(networks[0]["outcomes"][0]["link_changes"], 0);
  EXPECT_EQ(networks[1]["outcomes"][0]["link_changes"], 2);
  EXPECT_EQ(networks[1]["outcomes"][0]["measured_steps"], 7);
  EXPECT_GT(networks[1]["outcomes"][0]["iteration"], 10 * networks[0]["outcomes"][0]["iteration"].get<double>());
}

TEST(Run, SaysSoWhenNothingReachesTheTarget) {
  const Workplace place;
  place.write("s.toml", kSmallScenario);
  const ProgramResult result = place.run({"run", "s.toml", "--quiet", "--set", "training.target_accuracy=1"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("Nothing reaches 100.0 %"), std::string::npos) << result.out;
  EXPECT_EQ(result.out.find("▶"), std::string::npos) << result.out;
  EXPECT_EQ(result.err, "");
}

TEST(Run, JsonHoldsTheTablesAndTheCurves) {
  const Workplace place;
  place.write("s.toml", kTwoNetworks);
  ASSERT_EQ(place.run({"run", "s.toml", "--quiet", "--json", "out.json", "--set", "training.evaluate_every=2"}).code, 0);
  const json report = json::parse(place.read("out.json"));
  ASSERT_EQ(report["networks"].size(), 2u);
  EXPECT_EQ(report["networks"][1]["speed"], (std::vector<double>{1, 0.5}));
  EXPECT_EQ(report["scenario"]["workers"], 2);
  for (const json& network : report["networks"]) {
    ASSERT_EQ(network["outcomes"].size(), 2u);
    for (const json& outcome : network["outcomes"]) {
      // The parts of a step are sums of the same picoseconds as the step: they differ by roundings of doubles alone.
      double sum = 0;
      for (const auto& [name, seconds] : outcome["breakdown"].items()) sum += seconds.get<double>();
      EXPECT_NEAR(sum, outcome["iteration"].get<double>(), 1e-12);
      EXPECT_LE(outcome["bound"].get<double>(), outcome["iteration"].get<double>() * (1 + 1e-9));
      const json& trajectory = report["trajectories"][outcome["trajectory"].get<std::size_t>()];
      EXPECT_EQ(outcome["curve"].size(), trajectory["evaluations"].size());
      EXPECT_EQ(trajectory["training_loss"].size(), 7u);  // ceil(51 samples / (2 workers * 4))
      double before = 0;
      for (const json& point : outcome["curve"]) {
        EXPECT_GT(point["seconds"].get<double>(), before);
        before = point["seconds"].get<double>();
      }
    }
  }
}

/// Five workers train lenet, by every method of the table, and once more for each word or flag that a parameter may be instead.
std::string every_method() {
  std::string scenario =
      "networks = [\"10gbe\"]\n"
      "[training]\nmodel = \"lenet\"\nworkers = 5\nbatch = 3\nepochs = 1\nevaluate_every = 4\nlearning_rate = 0.01\n"
      "[dataset]\nname = \"synthetic\"\nheight = 14\nwidth = 12\ntrain = 128\ntest = 50\n";
  for (const models::MethodRow& row : models::methods()) {
    const std::string method = "[[method]]\nname = \"" + row.name + "\"\n";
    scenario += method;
    for (const models::ParameterRow& parameter : row.parameters) {
      if (parameter.standard == models::ParameterValue(true)) scenario += method + parameter.name + " = false\n";
      for (const std::string& choice : parameter.choices) {
        if (parameter.standard != models::ParameterValue(choice)) {
          scenario += method + parameter.name + " = \"" + choice + "\"\n";
        }
      }
    }
  }
  return scenario;
}

TEST(Run, JsonIsTheSameForAnyNumberOfThreads) {
  const Workplace place;
  place.write("s.toml", every_method());
  std::string first;
  for (const std::string threads : {"1", "2", "3"}) {
    const ProgramResult result = place.run({"run", "s.toml", "--quiet", "--threads", threads, "--json", "out.json"});
    ASSERT_EQ(result.code, 0) << result.err;
    if (first.empty()) first = place.read("out.json");
    // Not by EXPECT_EQ, which would print both files; the first line that differs is enough.
    std::istringstream expected(first), found(place.read("out.json"));
    for (std::string expected_line, line; std::getline(expected, expected_line);) {
      std::getline(found, line);
      ASSERT_EQ(line, expected_line) << threads << " threads";
    }
    EXPECT_TRUE(first == place.read("out.json")) << threads << " threads";
  }
  EXPECT_GE(json::parse(first)["trajectories"].size(), models::methods().size());
}

TEST(Run, SeedChangesTheResult) {
  const Workplace place;
  place.write("s.toml", kSmallScenario);
  ASSERT_EQ(place.run({"run", "s.toml", "--quiet", "--seed", "1", "--json", "one.json"}).code, 0);
  ASSERT_EQ(place.run({"run", "s.toml", "--quiet", "--seed", "2", "--json", "two.json"}).code, 0);
  EXPECT_NE(json::parse(place.read("one.json"))["trajectories"], json::parse(place.read("two.json"))["trajectories"]);
}

TEST(Run, TraceHasEveryWorkerOfEveryMethodOnEveryNetwork) {
  const Workplace place;
  place.write("s.toml", kTwoNetworks);
  ASSERT_EQ(place.run({"run", "s.toml", "--quiet", "--trace", "out.trace"}).code, 0);
  const json trace = json::parse(place.read("out.trace"));
  std::map<int, std::string> processes;
  std::map<std::pair<int, int>, int> spans;  // (process, thread): how many
  int counters = 0;
  for (const json& event : trace["traceEvents"]) {
    const int pid = event["pid"];
    if (event["ph"] == "M" && event["name"] == "process_name") processes[pid] = event["args"]["name"];
    if (event["ph"] == "C") ++counters;
    if (event["ph"] != "X") continue;
    ++spans[{pid, event["tid"]}];
    EXPECT_GE(event["dur"].get<double>(), 0);
  }
  ASSERT_EQ(processes.size(), 4u);
  EXPECT_EQ(processes[4], "top-k density 0.5 on slow");
  for (const auto& [pid, name] : processes) {
    for (const int worker : {0, 1}) {
      for (const int lane : {0, 1})
        EXPECT_GT((spans[{pid, 2 * worker + lane}]), 0) << name << ", worker " << worker << ", lane " << lane;
    }
  }
  EXPECT_GT(counters, 0);
}

TEST(Check, SaysWhatWouldBeSimulated) {
  const Workplace place;
  place.write("s.toml", kTwoNetworks);
  const ProgramResult result = place.run({"check", "s.toml"});
  ASSERT_EQ(result.code, 0) << result.err;
  for (const char* part : {"2 workers", "Tesla V100", "network   slow", "density = 0.5", "s.toml is fine."}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part << " is not in:\n" << result.out;
  }
}

TEST(Check, EveryShippedScenarioIsFine) {
  for (const auto& entry : std::filesystem::directory_iterator(SYNCLINE_SOURCE_DIR "/scenarios")) {
    if (entry.path().extension() != ".toml") continue;
    const ProgramResult result = Workplace().run({"check", entry.path().string()});
    EXPECT_EQ(result.code, 0) << result.err;
  }
}

TEST(List, ShowsEachKindWithItsSources) {
  for (const char* kind : {"methods", "models", "networks", "topologies", "gpus", "collectives", "datasets"}) {
    const ProgramResult result = Workplace().run({"list", kind});
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_NE(result.out.find("    source"), std::string::npos) << result.out;
  }
}

TEST(Help, IsThereForTheProgramAndEachCommand) {
  const Workplace place;
  EXPECT_EQ(place.run({"--version"}).out.substr(0, 9), "syncline ");
  EXPECT_NE(place.run({"--help"}).out.find("syncline check SCENARIO"), std::string::npos);
  for (const char* command : {"run", "check", "list"}) {
    const ProgramResult result = place.run({command, "--help"});
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_NE(result.out.find("--help"), std::string::npos) << result.out;
  }
}

}  // namespace
}  // namespace syncline::tools
