// syncline scale: carries what was measured on one GPU to another one, by the roofline.
#include <filesystem>
#include <memory>

#include "scenarios/profile_text.h"
#include "scenarios/scenario.h"
#include "sim/error.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/print.h"
#include "tools/profiling/profile_report.h"
#include "tools/profiling/scaled_profile.h"

namespace syncline::tools {
namespace {

namespace po = boost::program_options;

po::options_description options() {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  po::options_description result("Options");
  result.add_options()("of", text("GPU"), "the GPU that was measured, as its maker tells it: a name of `syncline list gpus`");
  result.add_options()("to", text("GPU"), "the GPU to carry it to, told likewise");
  result.add_options()("output", text("FILE"), "writes there; without it, to standard output");
  return result;
}

models::DeviceProfile gpu_option(const scenarios::DataFolders& folders, const po::variables_map& values,
                                 const std::string& name) {
  if (!values.count(name)) throw UserError({"", 0, "--" + name}, "is missing: a GPU of `syncline list gpus`");
  return scenarios::load_gpu(folders, values[name].as<std::string>());
}

void run(const std::string& measured, const po::variables_map& values) {
  const scenarios::DataFolders folders(std::filesystem::current_path());
  const models::DeviceProfile of = gpu_option(folders, values, "of"), to = gpu_option(folders, values, "to");
  const std::string command = "syncline scale " + measured + " --of " + of.name + " --to " + to.name;
  const bool is_layers = scenarios::is_layer_profile(folders, measured);
  const std::string text = is_layers ? scenarios::profile_text(scaled(scenarios::load_profile(folders, measured), of, to))
                                     : gpu_text(scaled(scenarios::load_gpu(folders, measured), of, to), command);
  check_outputs(values, {"output"}, {folders.found().begin(), folders.found().end()});
  const std::unique_ptr<OutputFile> output = output_option(values, "output");
  if (!output) return write_out(text);
  output->write(text);
  output->commit();
}

}  // namespace

Command scale_command() {
  return {"scale", "MEASURED", {}, "carries a profile that was measured on one GPU to another one, by the roofline",
          false,   options,    run};
}

}  // namespace syncline::tools
