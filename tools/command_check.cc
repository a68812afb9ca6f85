#include <fmt/format.h>

#include "scenarios/run.h"
#include "tools/command.h"
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

void check(const std::string& file, const po::variables_map& values) {
  const scenarios::Scenario scenario = load_scenario(file, values);
  scenarios::check(scenario);
  print_out("{}{}{}\n{} is fine.\n", setup_text(scenario), networks_text(scenario), methods_text(scenario), file);
}

}  // namespace

Command check_command() {
  return {"check", "SCENARIO", {}, "says what a scenario would simulate, or what is wrong with it", false, options, check};
}

}  // namespace syncline::tools
