#include <algorithm>
#include <filesystem>
#include <memory>

#include "scenarios/run.h"
#include "sim/error.h"
#include "tools/backend.h"
#include "tools/chrome_trace.h"
#include "tools/command.h"
#include "tools/json_report.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "tools/report.h"

namespace syncline::tools {
namespace {

namespace po = boost::program_options;

po::options_description options() {
  po::options_description result("Options");
  result.add_options()("json", po::value<std::string>()->value_name("FILE"), "writes all results, curves included, as JSON");
  result.add_options()("trace", po::value<std::string>()->value_name("FILE"),
                       "writes what every worker does in a few steps, for chrome://tracing or ui.perfetto.dev");
  add_scenario_options(result);
  add_backend_options(result);
  result.add_options()("quiet,q", "no progress on stderr");
  return result;
}

bool are_same_file(const std::string& a, const std::string& b) {
  std::error_code ignored;
  return std::filesystem::weakly_canonical(a, ignored) == std::filesystem::weakly_canonical(b, ignored);
}

/// What is read is never written over.
void check_output(const po::variables_map& values, const std::string& option, const scenarios::Scenario& scenario) {
  if (!values.count(option)) return;
  const std::string& file = values[option].as<std::string>();
  const Location where{"", 0, "--" + option};
  if (are_same_file(file, scenario.file)) throw UserError(where, "'" + file + "' is the scenario itself");
  for (const std::string& read : scenario.data_files) {
    if (are_same_file(file, read)) throw UserError(where, "'" + file + "' is a file that the scenario is read from");
  }
}

void run(const std::string& file, const po::variables_map& values) {
  const scenarios::Scenario scenario = load_scenario(file, values);
  scenarios::RunOptions run_options;
  run_options.threads = static_cast<int>(whole_option(values, "threads", 1, 1024).value_or(0));
  run_options.backend = backend_option(values);
  check_output(values, "json", scenario);
  check_output(values, "trace", scenario);
  if (values.count("json") && values.count("trace") &&
      are_same_file(values["json"].as<std::string>(), values["trace"].as<std::string>())) {
    throw UserError({"", 0, "--trace"}, "is the same file as --json");
  }
  const std::unique_ptr<OutputFile> json = output_option(values, "json");
  const std::unique_ptr<OutputFile> trace = output_option(values, "trace");
  run_options.trace = trace != nullptr;

  ProgressLine progress;
  if (!values.count("quiet")) run_options.progress = [&](const scenarios::Progress& now) { progress.show(now); };
  const scenarios::RunResult result = scenarios::run(scenario, run_options);
  progress.clear();

  if (json) json->write(json_report(scenario, result));
  if (trace) write_chrome_trace(scenario, result, *trace);
  if (json) json->commit();
  if (trace) trace->commit();
  print_report(scenario, result);
}

}  // namespace

Command run_command() {
  return {"run", "SCENARIO", {}, "trains, plays and compares what a scenario file says", false, options, run};
}

}  // namespace syncline::tools
