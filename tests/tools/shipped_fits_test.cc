// Every shipped network that was fitted to something is what its command makes of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "tests/tools/program.h"

namespace syncline::tools {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

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

std::string without_date(const std::string& profile) { return std::regex_replace(profile, std::regex("date = \"[^\"]*\""), ""); }

TEST(ShippedFits, AreWhatTheirCommandsMake) {
  const fs::path data = fs::path(SYNCLINE_SOURCE_DIR) / "scenarios";
  int seen = 0;
  for (const auto& entry : fs::directory_iterator(data / "networks")) {
    const std::string profile = text_of(entry.path());
    std::smatch command;
    if (!std::regex_search(profile, command, std::regex("\ncommand = \"syncline ([^\"]*)\""))) continue;
    ++seen;
    SCOPED_TRACE(entry.path().filename());
    const Workplace place;
    std::vector<std::string> words = words_of(command[1]);
    ASSERT_EQ(words[0], "calibrate");
    words[1] = (data / "measured" / words[1]).string();
    words.insert(words.end(), {"--output", "again.toml"});
    const ProgramResult result = place.run(words);
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(without_date(place.read("again.toml")), without_date(profile)) << "fit again: syncline " << command[1];
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

}  // namespace
}  // namespace syncline::tools
