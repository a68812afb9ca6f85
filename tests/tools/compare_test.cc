// syncline compare, from a file to what it prints and writes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/read_file.h"
#include "tests/tools/measured_file.h"
#include "tests/tools/program.h"

namespace syncline::tools {
namespace {

using nlohmann::json;

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << part << " is not in:\n" << text;
}

TEST(Compare, SaysOfEachCaseWhatCollectiveAndRunSay) {
  const Workplace place;
  place.write("m.toml", kMeasured);
  const ProgramResult result = place.run({"compare", "m.toml", "--json", "out.json"});
  ASSERT_EQ(result.code, 0) << result.err;
  const json file = json::parse(place.read("out.json"))["files"][0];
  const json& cases = file["cases"];
  ASSERT_EQ(cases.size(), 5u);

  place.write("n.toml", kNetworkFile);
  ASSERT_EQ(place.run({"collective", "--cluster", "n.toml", "--workers", "4", "--bytes", "1 MB", "--json", "c.json"}).code, 0);
  EXPECT_EQ(cases[1]["bytes"], 1000000);
  EXPECT_DOUBLE_EQ(cases[1]["predicted"].get<double>(), json::parse(place.read("c.json"))["at_size"][0]["seconds"].get<double>());

  place.write("s.toml", kTimedScenario);
  ASSERT_EQ(place.run({"run", "s.toml", "--quiet", "--json", "r.json"}).code, 0);
  const json run = json::parse(place.read("r.json"));
  EXPECT_EQ(cases[3]["method"], "WFBP");
  EXPECT_DOUBLE_EQ(cases[3]["predicted"].get<double>(), run["networks"][0]["outcomes"][0]["iteration"].get<double>());
  EXPECT_DOUBLE_EQ(cases[4]["predicted"].get<double>(), run["networks"][0]["outcomes"][1]["iteration"].get<double>());
  EXPECT_DOUBLE_EQ(cases[4]["measured"].get<double>(), 4 * 8 / 100.0);  // 100 samples/s of 4 workers with 8 each
  for (const json& each : cases) {
    EXPECT_DOUBLE_EQ(each["error"].get<double>(), each["predicted"].get<double>() / each["measured"].get<double>() - 1);
  }
}

// What a case says of model and batch counts, not what [training] says.
TEST(Compare, TakesModelAndBatchOfTheCase) {
  const Workplace place;
  place.write("m.toml", replaced(kMeasured, "method = \"BSP\"\npoints", "method = \"BSP\"\nmodel = \"mlp\"\nbatch = 32\npoints"));
  ASSERT_EQ(place.run({"compare", "m.toml", "--json", "out.json"}).code, 0);
  const json cases = json::parse(place.read("out.json"))["files"][0]["cases"];
  place.write("s.toml", kTimedScenario);
  ASSERT_EQ(place.run({"run", "s.toml", "--json", "r.json", "--set", "training.model=mlp", "--set", "training.batch=32"}).code,
            0);
  const json run = json::parse(place.read("r.json"));
  EXPECT_DOUBLE_EQ(cases[4]["predicted"].get<double>(), run["networks"][0]["outcomes"][1]["iteration"].get<double>());
  EXPECT_DOUBLE_EQ(cases[4]["measured"].get<double>(), 4 * 32 / 100.0);
  EXPECT_EQ(cases[4]["model"], "mlp");
}

// Compute keys of a case stand in place of [training]'s; another model has none of these.
TEST(Compare, TakesComputeTimesOfTheCase) {
  const Workplace place;
  const std::string training = replaced(kMeasured, "batch = 8\n", "batch = 8\nsamples_per_second = 4000\nupdate = \"0.1 ms\"\n");
  place.write("m.toml",
              replaced(training, "method = \"BSP\"\npoints",
                       "method = \"BSP\"\nsamples_per_second = 100\nrate_has_update = false\nupdate = \"7 ms\"\npoints"));
  const auto predicted = [&] {
    const ProgramResult result = place.run({"compare", "m.toml", "--json", "out.json"});
    EXPECT_EQ(result.code, 0) << result.err;
    return json::parse(place.read("out.json"))["files"][0]["cases"][4]["predicted"].get<double>();
  };
  const auto timed = [&](const std::vector<std::string>& settings) {
    std::vector<std::string> words = {"run", "s.toml", "--quiet", "--json", "r.json"};
    for (const std::string& setting : settings) words.insert(words.end(), {"--set", setting});
    EXPECT_EQ(place.run(words).code, 0);
    return json::parse(place.read("r.json"))["networks"][0]["outcomes"][1]["iteration"].get<double>();
  };
  place.write("s.toml", kTimedScenario);
  EXPECT_DOUBLE_EQ(predicted(),
                   timed({"training.samples_per_second=100", "training.rate_has_update=false", "training.update=7 ms"}));
  EXPECT_GT(predicted(), 8 / 100.0 + 7e-3);
  place.write("m.toml", replaced(training, "method = \"BSP\"\npoints", "method = \"BSP\"\nmodel = \"mlp\"\npoints"));
  EXPECT_DOUBLE_EQ(predicted(), timed({"training.model=mlp"}));
}

TEST(Compare, PrintsErrorsStatisticsAndOrder) {
  const Workplace place;
  place.write("m.toml", kMeasured);
  const ProgramResult result = place.run({"compare", "m.toml", "--plot", "p.svg"});
  ASSERT_EQ(result.code, 0) << result.err;
  expect_part(result.out, "a small cluster");
  expect_part(result.out, "more bytes never take less time");
  expect_part(result.out, "methods in the measured order: ");
  expect_part(result.out, "│ judged ");
  EXPECT_EQ(result.out.find("│ fitted "), std::string::npos) << result.out;
  expect_part(place.read("p.svg"), "<svg");
  expect_part(place.read("p.svg"), "sizes, n");
  const ProgramResult brief = place.run({"compare", "m.toml", "m.toml", "--brief"});
  ASSERT_EQ(brief.code, 0) << brief.err;
  EXPECT_EQ(brief.out.find("all-reduce of"), std::string::npos) << brief.out;
}

TEST(Compare, KeepsWhatWasFittedApart) {
  const Workplace place;
  place.write("networks/n.toml", kNetworkFile);
  place.write("m.toml", measured_on("networks = [\"n\"]\n"));
  const std::string profile = place.path("networks/n.toml");
  const ProgramResult fit =
      place.run({"calibrate", "m.toml", "--fit", "sizes", "--parameters", "latency,bandwidth", "--output", profile});
  ASSERT_EQ(fit.code, 0) << fit.err;
  ASSERT_EQ(place.run({"compare", "m.toml", "--json", "out.json"}).code, 0);
  const json file = json::parse(place.read("out.json"))["files"][0];
  EXPECT_EQ(file["fitted"]["cases"], 3);
  EXPECT_EQ(file["judged"]["cases"], 2);
  double worst = 0;
  for (const json& each : file["cases"]) {
    EXPECT_EQ(each["fitted"], each["subset"] == "sizes");
    if (!each["fitted"]) worst = std::max(worst, std::abs(each["error"].get<double>()));
  }
  EXPECT_DOUBLE_EQ(file["judged"]["greatest"].get<double>(), worst);

  // A file of another name has the same cases.
  place.write("copy.toml", measured_on("networks = [\"n\"]\n"));
  ASSERT_EQ(place.run({"compare", "copy.toml", "--json", "copy.json"}).code, 0);
  EXPECT_EQ(json::parse(place.read("copy.json"))["files"][0]["fitted"]["cases"], 3);

  // So has the network, by another name.
  place.write("networks/o.toml", place.read("networks/n.toml"));
  const std::regex of_n("network = \"n\"");
  place.write("other.toml", std::regex_replace(measured_on("networks = [\"o\"]\n"), of_n, "network = \"o\""));
  const ProgramResult other = place.run({"compare", "other.toml", "--json", "other.json"});
  ASSERT_EQ(other.code, 0) << other.err;
  EXPECT_EQ(json::parse(place.read("other.json"))["files"][0]["fitted"]["cases"], 3);

  // A case more, or another number, and it is no longer what was fitted to.
  place.write("m.toml", replaced(measured_on("networks = [\"n\"]\n"), "[1000000, \"2.2 ms\"]", "[1000000, \"2.3 ms\"]"));
  const ProgramResult stale = place.run({"compare", "m.toml"});
  EXPECT_EQ(stale.code, 2);
  expect_part(stale.err, "network 'n' was fitted to other cases than 'sizes' has now in m.toml: calibrate again");
  EXPECT_EQ(place.run({"calibrate", "m.toml", "--fit", "sizes", "--output", profile}).code, 0);
  EXPECT_EQ(place.run({"compare", "m.toml"}).code, 0);
}

// What real ranks trained by kernels, say: its times are what is compared.
TEST(Compare, TakesScenariosThatTrain) {
  const Workplace place;
  place.write("m.toml", kMeasured);
  place.write("trains.toml", replaced(kMeasured, "train = false", "train = true\nepochs = 2"));
  const ProgramResult timed = place.run({"compare", "m.toml"}), trains = place.run({"compare", "trains.toml"});
  EXPECT_EQ(trains.code, 0) << trains.err;
  EXPECT_EQ(trains.out, timed.out);
}

// Not by the network's all-reduce, whose servers are nothing to the one that the stack chose.
TEST(Compare, TakesIterationsWhoseCollectivesTheStackChose) {
  const std::string scenario =
      "[training]\ntrain = false\nmodel = \"lenet\"\n[[method]]\nname = \"s-sgd\"\n[[network]]\nname = \"n\"\nbandwidth = \"1 "
      "Gbit/s\"\n";
  const std::string
      stack = "[network.stack]\nbase = \"open-mpi\"\n",
      iteration =
          "[[iteration]]\nsubset = \"all\"\nnetwork = \"n\"\nmethod = \"s-sgd\"\nsource = \"none\"\npoints = [[4, \"9 ms\"]]\n";
  const Workplace place;
  place.write("auto.toml", scenario + "all_reduce = \"auto\"\nall_gather = \"auto\"\n" + stack + iteration);
  place.write("servers.toml", scenario + "all_reduce = \"parameter-server\"\nservers = 2\n" + stack + iteration);
  place.write("chosen.toml", place.read("servers.toml") + "algorithm = \"auto\"\n");
  const auto predicted = [&](const std::string& file) {
    const ProgramResult result = place.run({"compare", file, "--json", "out.json"});
    EXPECT_EQ(result.code, 0) << result.err;
    return json::parse(place.read("out.json"))["files"][0]["cases"][0]["predicted"].get<double>();
  };
  EXPECT_EQ(predicted("chosen.toml"), predicted("auto.toml"));
  EXPECT_NE(predicted("servers.toml"), predicted("auto.toml"));
}

struct BadCase {
  std::string from, to, complaint;
};

TEST(Compare, RefusesWhatIsNoMeasurement) {
  const std::vector<BadCase> bad = {
      {"[1000000, \"2.2 ms\"]", "[1000000, \"0 ms\"]", "m.toml:19: collective[0].points: must be above zero, not '0 ms'"},
      {"[1000000, \"2.2 ms\"]", "[1.5, \"2.2 ms\"]", "m.toml:19: collective[0].points: bytes must be a whole number"},
      {"[1000000, \"2.2 ms\"]", "[1000000]", "m.toml:19: collective[0].points: must be a list of points"},
      {"[1000000, \"2.2 ms\"]", "[\"2.2 ms\", 1000000]", "m.toml:19: collective[0].points: must be a list of points"},
      {"[1000000, \"2.2 ms\"]", "[1000000, \"2.2\"]", "m.toml:19: collective[0].points"},
      {"[1000000, \"2.2 ms\"]", "[1000000, \"2.2 ms\", \"2.3 ms\", \"2.4 ms\"]", "must be from its least to its greatest"},
      {"[1000000, \"2.2 ms\"]", "[1000, \"2.2 ms\"]",
       "m.toml:19: collective[0].points: the same was measured at line 18 already"},
      {"network = \"n\"", "network = \"m\"", "collective[0].network: there is no network named 'm'; did you mean 'n'?"},
      {"method = \"WFBP\"", "method = \"WFBQ\"", "there is no method labelled 'WFBQ'; did you mean 'WFBP'?"},
      {"\"100 samples/s\"", "\"100 sample/s\"", "iteration[1].points"},
      {"\"100 samples/s\"", "\"-1 samples/s\"", "must be a rate above zero"},
      {"subset = \"sizes\"", "subsets = \"sizes\"", "collective[0].subsets: unknown key; did you mean 'subset'?"},
      {"points = [", "algorithm = \"ring-all-gather\"\npoints = [", "'ring-all-gather' does another operation"},
  };
  const Workplace place;
  for (const BadCase& each : bad) {
    SCOPED_TRACE(each.to);
    place.write("m.toml", replaced(kMeasured, each.from, each.to));
    const ProgramResult result = place.run({"compare", "m.toml", "--json", "out.json"});
    EXPECT_EQ(result.code, 2) << result.out;
    expect_part(result.err, each.complaint);
    EXPECT_EQ(place.read("out.json"), "");
  }
  place.write("m.toml", kTimedScenario);
  expect_part(place.run({"compare", "m.toml"}).err, "nothing was measured");
  EXPECT_EQ(place.run({"compare"}).code, 2);
  place.write("m.toml", kMeasured);
  expect_part(place.run({"run", "m.toml"}).err, "m.toml:13: collective: has no effect here: `syncline compare` is for what was");
}

/// What stands between the bars of a line of a table, without the spaces around.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream text(line);
  for (std::string cell; std::getline(text, cell, '|');) {
    const std::size_t begin = cell.find_first_not_of(' '), end = cell.find_last_not_of(' ');
    cells.push_back(begin == std::string::npos ? "" : cell.substr(begin, end + 1 - begin));
  }
  return cells;
}

// "| what | `a.toml`, `b.toml` | cases judged | mean error | greatest |": of those subsets that the first cell names, else of all.
TEST(Compare, TheReadmesErrorsAreThoseOfTheProgram) {
  const Workplace place;
  std::istringstream readme(read_file(SYNCLINE_SOURCE_DIR "/README.md"));
  int rows = 0;
  for (std::string line; std::getline(readme, line);) {
    const std::vector<std::string> cells = cells_of(line);
    if (cells.size() != 6 || !cells[2].starts_with("`") || cells[2].find(".toml`") == std::string::npos) continue;
    SCOPED_TRACE(line);
    std::vector<std::string> arguments = {"compare"};
    std::istringstream names(cells[2]);
    for (std::string name; std::getline(names, name, '`');) {
      if (name.ends_with(".toml")) arguments.push_back(SYNCLINE_SOURCE_DIR "/scenarios/measured/" + name);
    }
    arguments.insert(arguments.end(), {"--json", "out.json"});
    ASSERT_EQ(place.run(arguments).code, 0);
    std::vector<double> all, named;
    const json out = json::parse(place.read("out.json"));
    for (const json& file : out["files"]) {
      for (const json& one : file["cases"]) {
        if (one["fitted"]) continue;
        all.push_back(std::abs(one["error"].get<double>()));
        if (cells[1].find(one["subset"].get<std::string>()) != std::string::npos) named.push_back(all.back());
      }
    }
    const std::vector<double>& errors = named.empty() ? all : named;
    EXPECT_EQ(cells[3], std::to_string(errors.size()));
    EXPECT_EQ(cells[4], fmt::format("{:.1f} %", 100 * std::accumulate(errors.begin(), errors.end(), 0.0) /
                                                    static_cast<double>(errors.size())));
    EXPECT_EQ(cells[5], fmt::format("{:.1f} %", 100 * std::ranges::max(errors)));
    ++rows;
  }
  EXPECT_GE(rows, 5);
}

}  // namespace
}  // namespace syncline::tools
