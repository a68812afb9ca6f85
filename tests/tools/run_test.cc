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

TEST(Run, ShowsABarOnATerminalAndTakesItAway) {
  const Workplace place;
  place.write("s.toml", kSmallScenario);
  const ProgramResult result = place.run_on_terminal({"run", "s.toml"}, 100);
  if (result.code == 127) GTEST_SKIP() << "no script (util-linux) here: " << result.err;
  if (result.err.find("failed to create pseudo-terminal") != std::string::npos)
    GTEST_SKIP() << "no terminals here: " << result.err;
  ASSERT_EQ(result.code, 0) << result.out << result.err;
  const std::string line = "\r\x1b[K";  // to its begin, and away with what stands there
  const std::size_t bar = result.out.find(line + "██░"), about = result.out.find("training 1 of 2: s-sgd, step 1, loss ");
  const std::size_t away = result.out.rfind(line), report = result.out.find("  cluster   2 workers");
  ASSERT_NE(bar, std::string::npos) << result.out;
  ASSERT_NE(report, std::string::npos) << result.out;
  EXPECT_LT(bar, about);
  EXPECT_LT(about, away);
  EXPECT_LT(away, report);
  EXPECT_EQ(result.out.find("training 1 of 2: s-sgd\r"), std::string::npos) << "a plain line besides:\n" << result.out;

  // Where it does not fit, the bar goes first, then the end of the line.
  const ProgramResult narrow = place.run_on_terminal({"run", "s.toml"}, 30);
  EXPECT_NE(narrow.out.find(line + "   8 %  training 1 of 2: s-sg" + line), std::string::npos) << narrow.out;

  const ProgramResult quiet = place.run_on_terminal({"run", "s.toml", "--quiet"}, 100);
  EXPECT_EQ(quiet.out.find("training 1 of 2"), std::string::npos) << quiet.out;
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
    const std::string alone = "[[method]]\nname = \"" + row.name + "\"\n";
    scenario += alone;
    for (const models::ParameterRow& parameter : row.parameters) {
      const std::string condition = parameter.only_where + " = \"" + parameter.only_value + "\"\n";
      const std::string method = parameter.only_where.empty() ? alone : alone + condition;
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

// Machines of 4 GPUs, whose links are faster than the NIC's: most of a hierarchical all-reduce is theirs. Planned as if all were as
// slow, MG-WFBP merges too much and is slower than each tensor alone.
TEST(Run, MgWfbpPlansByWhatAnAllReduceTakes) {
  const Workplace place;
  place.write("s.toml",
              "networks = []\n[training]\ntrain = false\nmodel = \"resnet50\"\nworkers = 8\nbatch = 32\n"
              "[[method]]\nname = \"s-sgd\"\nschedule = \"wfbp\"\n[[method]]\nname = \"s-sgd\"\nlabel = \"merged\"\n"
              "schedule = \"mg-wfbp\"\n[[network]]\nname = \"n\"\nbase = \"10gbe\"\nmachine = \"nvswitch\"\n"
              "gpus_per_node = 4\nall_reduce = \"hierarchical-all-reduce\"\n");
  const ProgramResult result = place.run({"run", "s.toml", "--quiet", "--json", "r.json"});
  ASSERT_EQ(result.code, 0) << result.err;
  const json run = json::parse(place.read("r.json"));
  const json& outcomes = run["networks"][0]["outcomes"];
  EXPECT_LT(outcomes[1]["iteration"].get<double>(), outcomes[0]["iteration"].get<double>());
}

TEST(Run, WritesOverNothingThatItReads) {
  const Workplace place;
  const std::string scenario = replaced(kSmallScenario, "[\"10gbe\"]", "[\"own.toml\"]");
  place.write("s.toml", scenario);
  place.write("own.toml", "title = \"own\"\n");
  std::filesystem::create_symlink("s.toml", place.path("link"));
  for (const char* option : {"--json", "--trace"}) {
    for (const std::string file : {"s.toml", "./s.toml", "link", "own.toml"}) {
      const ProgramResult result = place.run({"run", "s.toml", "--quiet", option, file});
      EXPECT_EQ(result.code, 2) << file;
      EXPECT_EQ(result.err, "syncline: " + std::string(option) + ": '" + file + "' is read, and would be written over\n");
    }
  }
  EXPECT_EQ(place.read("s.toml"), scenario);
  EXPECT_EQ(place.read("own.toml"), "title = \"own\"\n");
}

TEST(Run, SeedChangesTheResult) {
  const Workplace place;
  place.write("s.toml", kSmallScenario);
  ASSERT_EQ(place.run({"run", "s.toml", "--quiet", "--seed", "1", "--json", "one.json"}).code, 0);
  ASSERT_EQ(place.run({"run", "s.toml", "--quiet", "--seed", "2", "--json", "two.json"}).code, 0);
  EXPECT_NE(json::parse(place.read("one.json"))["trajectories"], json::parse(place.read("two.json"))["trajectories"]);
}

/// What a trace says of one method on one network.
struct TracedProcess {
  int steps = 0;                                                           // updates of worker 0
  double end = 0;                                                          // of the last span, seconds
  std::map<std::string, std::vector<std::pair<double, double>>> counters;  // [series]: (seconds, value from then on)
};

std::map<int, TracedProcess> traced_processes(const json& trace) {
  std::map<int, TracedProcess> processes;
  for (const json& event : trace["traceEvents"]) {
    TracedProcess& process = processes[event["pid"]];
    if (event["ph"] == "M") continue;
    const double at = 1e-6 * event["ts"].get<double>();
    if (event["ph"] == "C") process.counters[event["name"]].emplace_back(at, event["args"]["value"]);
    if (event["ph"] != "X") continue;
    process.end = std::max(process.end, at + 1e-6 * event["dur"].get<double>());
    process.steps += event["name"] == "update" && event["tid"] == 0;
  }
  return processes;
}

// A ring of two over a switch: each of the four links carries what one worker sends. A counter is the used part of the link's
// capacity, so its integral is bytes; it is rounded to hundredths, which is half of one off at most.
TEST(Run, TraceHasOnEachLinkTheBytesOfTheTable) {
  const Workplace place;
  place.write("s.toml", kTwoNetworks);
  ASSERT_EQ(place.run({"run", "s.toml", "--quiet", "--json", "out.json", "--trace", "out.trace"}).code, 0);
  const json report = json::parse(place.read("out.json"));
  const std::map<int, TracedProcess> processes = traced_processes(json::parse(place.read("out.trace")));
  const double capacity[] = {10e9 / 8, 1e9 / 8};  // [network], bytes a second
  ASSERT_EQ(processes.size(), 4u);
  for (const auto& [pid, process] : processes) {
    const std::size_t network = static_cast<std::size_t>(pid - 1) / 2, method = static_cast<std::size_t>(pid - 1) % 2;
    const json& outcome = report["networks"][network]["outcomes"][method];
    EXPECT_GT(process.steps, 0);
    EXPECT_NEAR(process.end, process.steps * outcome["iteration"].get<double>(), 1e-9);
    EXPECT_EQ(process.counters.size(), 4u);
    for (const auto& [series, values] : process.counters) {
      double used = 0;  // seconds of the whole link
      for (std::size_t i = 0; i + 1 < values.size(); ++i) used += values[i].second * (values[i + 1].first - values[i].first);
      EXPECT_EQ(values.back().second, 0) << series;
      EXPECT_NEAR(used * capacity[network], process.steps * outcome["wire_bytes"].get<double>(),
                  0.005 * process.end * capacity[network])
          << series << ", " << outcome["method"] << ", network " << network;
    }
  }
}

TEST(Run, TraceHasEveryWorkerOfEveryMethodOnEveryNetwork) {
  const Workplace place;
  place.write("s.toml", kTwoNetworks);
  ASSERT_EQ(place.run({"run", "s.toml", "--quiet", "--trace", "out.trace"}).code, 0);
  const json trace = json::parse(place.read("out.trace"));
  std::map<int, std::string> processes;
  std::map<std::pair<int, int>, int> spans;  // (process, thread): how many
  for (const json& event : trace["traceEvents"]) {
    const int pid = event["pid"];
    if (event["ph"] == "M" && event["name"] == "process_name") processes[pid] = event["args"]["name"];
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
}

TEST(FullOutput, IsOneLineForEveryCommand) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const Workplace place;
  place.write("s.toml", kSmallScenario);
  std::vector<std::vector<std::string>> calls = {{"--help"},
                                                 {"--version"},
                                                 {"list", "--help"},
                                                 {"check", "s.toml"},
                                                 {"reference", "commands"},
                                                 {"reference", "scenario"},
                                                 {"run", "s.toml", "--quiet"}};
  for (const char* kind : {"methods", "schedulers", "models", "networks", "gpus", "collectives", "datasets"})
    calls.push_back({"list", kind});
  for (const std::vector<std::string>& call : calls) {
    const ProgramResult result = place.run(call, "/dev/full");
    EXPECT_EQ(result.code, 2) << call.front();
    EXPECT_EQ(result.err, "syncline: standard output cannot be written: No space left on device\n") << call.front();
  }
}

TEST(FullOutput, OfProgressStopsNothing) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const Workplace place;
  place.write("s.toml", kSmallScenario);
  EXPECT_EQ(place.run({"run", "s.toml"}, place.path("out"), "/dev/full").code, 0);
  EXPECT_NE(place.read("out").find("All times are simulated"), std::string::npos);
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

/// Of what is listed: the labels of its lines, a space before and behind each.
std::map<std::string, std::string> listed(const std::string& kind) {
  const ProgramResult result = Workplace().run({"list", kind});
  EXPECT_EQ(result.code, 0) << result.err;
  std::map<std::string, std::string> labels;
  std::istringstream lines(result.out);
  std::string name;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("    ")) {
      name = line.substr(0, line.find(':'));
      labels[name] = " ";
    } else {
      labels[name] += line.substr(4, line.find(' ', 4) - 4) + " ";
    }
  }
  return labels;
}

TEST(List, ShowsFormulaParametersAndSourceOfEach) {
  const std::map<std::string, std::vector<std::string>> expected = {{"methods", {"formula", "parameter", "source"}},
                                                                    {"models", {"input", "formula", "size", "source"}},
                                                                    {"networks", {"bandwidth", "source"}},
                                                                    {"topologies", {}},
                                                                    {"stacks", {"source"}},
                                                                    {"gpus", {"flops", "memory", "source"}},
                                                                    {"collectives", {"formula", "source"}},
                                                                    {"datasets", {"parameter", "source"}}};
  for (const auto& [kind, labels] : expected) {
    const std::map<std::string, std::string> all = listed(kind);
    EXPECT_GE(all.size(), 2u) << kind;
    for (const auto& [name, found] : all) {
      for (const std::string& label : labels) {
        EXPECT_NE(found.find(" " + label + " "), std::string::npos)
            << kind << ": " << name << " has no " << label << ":" << found;
      }
    }
  }
}

TEST(List, ShowsTheValuesOfParameters) {
  const Workplace place;
  const std::string datasets = place.run({"list", "datasets"}).out;
  const std::size_t synthetic = datasets.find("synthetic:");
  const std::size_t train = datasets.find("    parameter  train = 8192: training samples (whole number from 1 to 100000000)\n");
  ASSERT_NE(synthetic, std::string::npos) << datasets;
  ASSERT_NE(train, std::string::npos) << datasets;
  EXPECT_GT(train, synthetic);  // Fashion-MNIST has its own number of samples
  EXPECT_NE(place.run({"list", "models"}).out.find("    parameter  conv1.weight: 6 x 1 x 5 x 5\n"), std::string::npos);
  EXPECT_NE(place.run({"list", "collectives"}).out.find("    parameter  all_reduce = \"ring-all-reduce\""), std::string::npos);
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
