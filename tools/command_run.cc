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

void run(const std::string& file, const po::variables_map& values) {
  const scenarios::Scenario scenario = load_scenario(file, values);
  scenarios::RunOptions run_options;
  run_options.threads = static_cast<int>(whole_option(values, "threads", 1, 1024).value_or(0));
  run_options.backend = backend_option(values);
  check_outputs(values, {"json", "trace"}, files_of(scenario));
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
