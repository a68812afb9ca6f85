// syncline compare: what was measured, beside what the simulation says.
#include <memory>

#include "tools/command.h"
#include "tools/comparison.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/print.h"
#include "tools/quantities.h"
#include "tools/scatter_plot.h"

namespace syncline::tools {
namespace {

namespace po = boost::program_options;

po::options_description options() {
  po::options_description result("Options");
  result.add_options()("json", po::value<std::string>()->value_name("FILE"), "writes all that is printed as JSON");
  result.add_options()("plot", po::value<std::string>()->value_name("FILE"),
                       "writes a picture of predicted against measured times, as SVG");
  result.add_options()("brief", "prints the numbers of each file only, not each case");
  return result;
}

std::string plot_of(const std::vector<ComparedFile>& files) {
  std::vector<ScatterPoint> points;
  for (const ComparedFile& file : files) {
    for (std::size_t i = 0; i < file.cases.size(); ++i) {
      const scenarios::MeasuredCase& one = file.cases[i];
      const std::string name =
          name_of(one) + ": " + seconds_text(one.measured) + ", predicted " + seconds_text(file.predicted[i]);
      points.push_back({one.measured, file.predicted[i], one.subset + ", " + one.network, one.fitted, name});
    }
  }
  return scatter_svg(points, files.size() == 1 ? files.front().title : "predicted against measured", "fitted");
}

void compare(const std::string&, const po::variables_map& values) {
  const auto& scenarios = values["argument"].as<std::vector<std::string>>();
  check_outputs(values, {"json", "plot"}, scenarios);
  const std::unique_ptr<OutputFile> json = output_option(values, "json"), plot = output_option(values, "plot");
  std::vector<ComparedFile> files;
  for (const std::string& file : scenarios) files.push_back(compare_file(file));
  if (json) {
    json->write(comparison_json(files));
    json->commit();
  }
  if (plot) {
    plot->write(plot_of(files));
    plot->commit();
  }
  write_out(comparison_text(files, values.count("brief") == 0));
}

}  // namespace

Command compare_command() {
  return {"compare", "SCENARIO...", {}, "compares measured scenarios with what is predicted for them", false, options, compare};
}

}  // namespace syncline::tools
