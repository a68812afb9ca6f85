// What others have measured or traced, as files that scenarios are made of.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "scenarios/profile_text.h"
#include "scenarios/scenario.h"
#include "sim/error.h"
#include "sim/units_text.h"
#include "tools/command.h"
#include "tools/imports/chakra.h"
#include "tools/imports/kineto.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/print.h"

namespace syncline::tools {
namespace {

namespace po = boost::program_options;

std::string text_option(const po::variables_map& values, const std::string& name, const std::string& otherwise = "") {
  return values.count(name) ? values[name].as<std::string>() : otherwise;
}

/// "# 1.2 % of a step is of no layer, most of it aten::cross_entropy_loss": comments, which tell what the numbers leave out.
std::string comments(const KinetoImport& found) {
  std::string text = fmt::format("# Means of {} step{}: {}.\n", found.steps, found.steps == 1 ? "" : "s",
                                 found.on_gpu ? "lengths of the kernels on the GPU" : "lengths of the operators on the CPU");
  if (found.outside > 0) {
    text += fmt::format("# {:.1f} % of a step is of no layer, and is left out; most of it is {}.\n",
                        100 * found.outside / found.total, scenarios::quoted(found.longest_outside));
  }
  if (found.kernels_without_op > 0) {
    text += fmt::format("# {} kernels were launched by no operator that the trace shows; they are among these.\n",
                        found.kernels_without_op);
  }
  return text;
}

std::string kineto(const std::string& file, const po::variables_map& values) {
  const auto batch = whole_option(values, "batch", 1, 65536);
  if (!batch) throw UserError({"", 0, "--batch"}, "missing; a trace does not tell how many samples a step has");
  const KinetoTrace trace = read_kineto(file);
  KinetoImport found = import_kineto(trace, file);
  models::LayerProfile& profile = found.profile;
  profile.model = text_option(values, "model", "layers");
  if (profile.model != "layers") models::model(profile.model);  // which must be there
  profile.batch = static_cast<int>(*batch);
  profile.device = text_option(values, "device", trace.device.empty() ? "a CPU" : trace.device);
  profile.source = file + ", a trace of PyTorch's profiler";
  return comments(found) + scenarios::profile_text(profile);
}

/// One training step of one rank, for as many workers as are wanted.
std::string chakra(const std::string& file, const po::variables_map& values) {
  const ChakraTrace trace = read_chakra(file);
  std::optional<models::DeviceProfile> gpu;
  const std::string gpu_name = text_option(values, "gpu");
  if (!gpu_name.empty()) gpu = scenarios::load_gpu(scenarios::DataFolders(), gpu_name);
  models::LayerProfile profile = import_chakra(trace, gpu ? &*gpu : nullptr, file);
  profile.title = "the nodes of a Chakra trace";
  profile.model = "layers";
  profile.device = text_option(values, "device");
  profile.batch = static_cast<int>(whole_option(values, "batch", 1, 65536).value_or(1));
  profile.source = file + ", a Chakra execution trace" + (trace.version.empty() ? "" : " of schema " + trace.version);
  std::string text = fmt::format("title = {}\n", scenarios::quoted(file));
  if (!gpu_name.empty()) text += fmt::format("gpu = {}\n", scenarios::quoted(gpu_name));
  text += fmt::format("networks = [{}]\n\n[training]\ntrain = false\nmodel = \"layers\"\nworkers = {}\nbatch = {}\n\n",
                      scenarios::quoted(text_option(values, "network", "10gbe")),
                      whole_option(values, "workers", 1, 4096).value_or(8), profile.batch);
  text += scenarios::profile_text(profile, "training.profile");
  return text + "\n[[method]]  # the trace's own collectives, each when it can begin\nname = \"s-sgd\"\nschedule = \"wfbp\"\n";
}

struct Format {
  std::string (*text)(const std::string& file, const po::variables_map& values);
  std::vector<std::string> options;
};

const std::map<std::string, Format>& formats() {
  static const std::map<std::string, Format> all = {{"chakra", {chakra, {"batch", "device", "gpu", "workers", "network"}}},
                                                    {"kineto", {kineto, {"batch", "device", "model"}}}};
  return all;
}

po::options_description options() {
  po::options_description result("Options");
  const auto add = [&](const char* name, const char* value, const char* help) {
    result.add_options()(name, po::value<std::string>()->value_name(value), help);
  };
  add("output", "FILE", "writes there, not to the standard output");
  add("batch", "N", "samples of a worker's step; kineto: needed, chakra: 1 without it");
  add("device", "NAME", "what it was measured on, in words; without it, what the trace says");
  add("model", "NAME", "kineto: of which network the profile is; without it layers, which the profile then describes");
  add("gpu", "NAME", "chakra: whose roofline says what nodes without a duration take; the scenario's GPU, too");
  add("workers", "N", "chakra: of the scenario; 8 without it");
  add("network", "NAME", "chakra: of the scenario; 10gbe without it");
  return result;
}

void run(const std::string& name, const po::variables_map& values) {
  const std::string& file = second_argument(values);
  const Format& format = formats().at(name);
  for (const char* option : {"batch", "device", "model", "gpu", "workers", "network"}) {
    if (values.count(option) && std::ranges::find(format.options, option) == format.options.end()) {
      throw UserError({"", 0, std::string("--") + option}, "has no effect on an import of " + name);
    }
  }
  check_outputs(values, {"output"}, {file});
  const std::unique_ptr<OutputFile> output = output_option(values, "output");
  const std::string text = format.text(file, values);
  if (!output) {
    write_out(text);
    return;
  }
  output->write(text);
  output->commit();
}

}  // namespace

Command import_command() {
  std::vector<std::string> names;
  for (const auto& [name, format] : formats()) names.push_back(name);
  return {"import",
          "FORMAT",
          names,
          "makes a profile of the layers of a trace by PyTorch's profiler (kineto), or a scenario of a Chakra execution trace",
          false,
          options,
          run,
          "FILE"};
}

}  // namespace syncline::tools
