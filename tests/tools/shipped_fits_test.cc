// Every shipped network that was fitted to something is what its command makes of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "scenarios/measured.h"
#include "sim/units_text.h"
#include "tests/read_file.h"
#include "tests/tools/program.h"

namespace syncline::tools {
namespace {

namespace fs = std::filesystem;

/// As a shell would split it: at spaces that are not between apostrophes.
std::vector<std::string> words_of(const std::string& command) {
  std::vector<std::string> words = {""};
  bool quoted = false;
  for (const char letter : command) {
    if (letter == '\'') {
      quoted = !quoted;
    } else if (letter == ' ' && !quoted) {
      words.emplace_back();
    } else {
      words.back() += letter;
    }
  }
  return words;
}

/// A network's text without what is said of its fits, and the numbers taken out of it.
struct Parted {
  std::string words;
  std::vector<double> numbers;
};
Parted parted(const std::string& profile) {
  const std::size_t begin = profile.find('\n');  // behind "Written by"
  const std::string text = profile.substr(begin, profile.find("\n[[fitted]]") - begin);
  Parted result;
  const std::regex number("[0-9]+(\\.[0-9]+)?(e[+-]?[0-9]+)?");
  std::size_t end = 0;
  for (std::sregex_iterator each(text.begin(), text.end(), number), none; each != none; ++each) {
    result.words += text.substr(end, static_cast<std::size_t>(each->position()) - end) + "#";
    result.numbers.push_back(std::stod(each->str()));
    end = static_cast<std::size_t>(each->position() + each->length());
  }
  result.words += text.substr(end);
  return result;
}

std::vector<std::string> commands_in(const std::string& profile) {
  const std::regex command("\ncommand = \"syncline ([^\"]*)\"");
  std::vector<std::string> commands;
  for (std::sregex_iterator each(profile.begin(), profile.end(), command), none; each != none; ++each)
    commands.push_back((*each)[1]);
  return commands;
}

// Plays of many partitions are not smooth in what is fitted: from the end of a fit, another may go a little further.
constexpr double kFitAgain = 0.03;

TEST(ShippedFitsSlow, AreWhatTheirCommandsMake) {
  const fs::path data = fs::path(SYNCLINE_SOURCE_DIR) / "scenarios";
  int seen = 0;
  for (const auto& entry : fs::directory_iterator(data / "networks")) {
    const std::string profile = read_file(entry.path());
    for (const std::string& command : commands_in(profile)) {
      ++seen;
      SCOPED_TRACE(entry.path().filename().string() + ", fit again: syncline " + command);
      const Workplace place;
      std::vector<std::string> words = words_of(command);
      ASSERT_EQ(words[0], "calibrate");
      words[1] = (data / "measured" / words[1]).string();
      words.insert(words.end(), {"--output", "again.toml"});
      const ProgramResult result = place.run(words);
      ASSERT_EQ(result.code, 0) << result.err;
      const Parted again = parted(place.read("again.toml")), shipped = parted(profile);
      ASSERT_EQ(again.words, shipped.words);
      for (std::size_t i = 0; i < shipped.numbers.size(); ++i) {
        EXPECT_NEAR(again.numbers[i], shipped.numbers[i], kFitAgain * shipped.numbers[i]);
      }
    }
  }
  EXPECT_GT(seen, 0);
}

// What the issue asks of the two tables, each fitted to four of its sizes.
TEST(ShippedFits, OfNcclAreWithinTheirBounds) {
  const Workplace place;
  const ProgramResult result =
      place.run({"compare", SYNCLINE_SOURCE_DIR "/scenarios/measured/nccl-allreduce.toml", "--json", "out.json"});
  ASSERT_EQ(result.code, 0) << result.err;
  const nlohmann::json file = nlohmann::json::parse(place.read("out.json"))["files"][0];
  for (const nlohmann::json& curve : file["curves"]) EXPECT_TRUE(curve["predicted_monotone"]) << curve["network"];
  for (const char* network : {"h200-nvswitch", "a3-mega"}) {
    double sum = 0, greatest = 0;
    int judged = 0, fitted = 0;
    for (const nlohmann::json& each : file["cases"]) {
      if (each["network"] != network) continue;
      fitted += each["fitted"].get<bool>();
      if (each["fitted"] || each["bytes"] < 1048576) continue;
      const double error = std::abs(each["error"].get<double>());
      sum += error;
      greatest = std::max(greatest, error);
      ++judged;
    }
    EXPECT_EQ(fitted, 4) << network;
    EXPECT_LE(sum / judged, 0.10) << network;
    EXPECT_LE(greatest, 0.25) << network;
  }
}

// An update that was fitted with a network's numbers stands in the measured scenario: the same, to the digits that are told.
TEST(ShippedFits, UpdatesStandInTheirScenario) {
  const std::string folder = SYNCLINE_SOURCE_DIR "/scenarios/";
  const auto measured = scenarios::MeasuredScenario::load(folder + "measured/cluster-32gpu.toml");
  for (const std::string network : {"ddl-10gbe", "ddl-100gbib"}) {
    SCOPED_TRACE(network);
    const std::string text = read_file(folder + "networks/" + network + ".toml");
    std::smatch fitted;
    ASSERT_TRUE(std::regex_search(text, fitted, std::regex("training.update: ([0-9.e+]+) us")));
    int found = 0;
    for (const scenarios::MeasuredCase& one : measured.cases()) {
      const std::size_t begin = one.training.find("\nupdate=");  // behind the rate that has it not
      if (one.network != network || begin == std::string::npos) continue;
      const std::string update = one.training.substr(begin + 8);
      EXPECT_NEAR(1e6 * parse_time(update.substr(0, update.find('\n'))).seconds() / std::stod(fitted[1]), 1, 1e-3);
      ++found;
    }
    EXPECT_EQ(found, 20);
  }
}

}  // namespace
}  // namespace syncline::tools
