#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/measured.h"
#include "scenarios/run.h"
#include "tools/command.h"
#include "tools/jobs_report.h"
#include "tools/options.h"
#include "tools/print.h"
#include "tools/report.h"

namespace syncline::tools {
namespace {

namespace po = boost::program_options;

po::options_description options() {
  po::options_description result("Options");
  add_scenario_options(result);
  return result;
}

/// A line for each subset and network, in the order of the file.
std::string cases_text(const scenarios::MeasuredScenario& measured) {
  std::vector<std::pair<std::string, int>> lines;
  for (const scenarios::MeasuredCase& one : measured.cases()) {
    const std::string line = fmt::format("{} on {}{}", one.subset, one.network, one.fitted ? ", which was fitted to them" : "");
    const auto place = std::ranges::find(lines, line, &std::pair<std::string, int>::first);
    if (place == lines.end()) {
      lines.emplace_back(line, 1);
    } else {
      ++place->second;
    }
  }
  std::string text = measured.title() + "\n";
  for (const auto& [line, number] : lines) text += fmt::format("  measured  {} of {}\n", number, line);
  return text;
}

void check_measured(const std::string& file, const po::variables_map& values) {
  for (const char* option : {"set", "seed"}) {
    if (values.count(option)) throw UserError({"", 0, fmt::format("--{}", option)}, "has no effect on what was measured");
  }
  const auto measured = scenarios::MeasuredScenario::load(file);
  print_out("{}\n{} is fine: {} cases for `syncline compare`.\n", cases_text(measured), file, measured.cases().size());
}

void check(const std::string& file, const po::variables_map& values) {
  if (scenarios::MeasuredScenario::is_one(file)) return check_measured(file, values);
  const scenarios::Scenario scenario = load_scenario(file, values);
  scenarios::check(scenario);
  print_out("{}{}{}{}\n{} is fine.\n", setup_text(scenario), networks_text(scenario), methods_text(scenario), jobs_text(scenario),
            file);
}

}  // namespace

Command check_command() {
  return {"check", "SCENARIO",
          {},      "says what a scenario would simulate, or what a measured one has to compare with; or what is wrong with it",
          false,   options,
          check};
}

}  // namespace syncline::tools
