// syncline profile: what this machine's processor or GPU can do, measured with the kernels that training runs.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "scenarios/profile_text.h"
#include "sim/error.h"
#include "tools/backend.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/print.h"
#include "tools/profiling/profile_report.h"
#include "tools/quantities.h"

namespace syncline::tools {
namespace {

namespace po = boost::program_options;

constexpr std::int64_t kGpuElements = 100'000'000, kCpuElements = 4'000'000;

po::options_description options() {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  po::options_description result("Options");
  result.add_options()("model", text("NAME"), "times the layers of this network, too: a name of `syncline list models`");
  result.add_options()("batch", text("B"), "samples a step, of the layers; without it, 32");
  add_gpu_option(result);
  add_backend_options(result);
  add_precision_option(result);
  result.add_options()("elements", text("N"),
                       "that each kernel works on; without it, 100 million on a GPU and 4 million on a processor");
  result.add_options()("ranks", text("P"), "whose messages are added up; without it, 8");
  result.add_options()("output", text("FILE"), "writes the device as a file of gpus/");
  result.add_options()("layers", text("FILE"), "writes the network's layers as a file of profiles/");
  return result;
}

/// What would make the same again.
std::string command_of(const po::variables_map& values) {
  std::string command = "syncline profile";
  for (const char* name : {"model", "batch", "gpu", "backend", "threads", "precision", "elements", "ranks"}) {
    if (values.count(name) && !values[name].defaulted()) command += fmt::format(" --{} {}", name, values[name].as<std::string>());
  }
  return command;
}

ProfileRequest request_of(const po::variables_map& values) {
  ProfileRequest request;
  request.backend = gpu_or_backend_option(values);
  if (values.count("gpu") && request.backend != kernels::Backend::cuda) say_why_no_gpu();
  request.threads = static_cast<int>(whole_option(values, "threads", 1, 1024).value_or(0));
  request.precision = precision_option(values, request.backend);
  const bool gpu = request.backend == kernels::Backend::cuda;
  request.elements = whole_option(values, "elements", 1, 2'000'000'000).value_or(gpu ? kGpuElements : kCpuElements);
  request.ranks = static_cast<int>(whole_option(values, "ranks", 1, 1024).value_or(request.ranks));
  request.batch = static_cast<int>(whole_option(values, "batch", 1, 65536).value_or(32));
  if (!values.count("model")) {
    for (const char* name : {"batch", "layers"}) {
      if (values.count(name)) throw UserError({"", 0, std::string("--") + name}, "is of a network's layers: name it by --model");
    }
    return request;
  }
  const models::ModelRow& row = models::model(values["model"].as<std::string>());
  request.dnn = row.make(row.standard);
  return request;
}

void run(const std::string&, const po::variables_map& values) {
  const ProfileRequest request = request_of(values);
  check_outputs(values, {"output", "layers"}, {});
  const std::unique_ptr<OutputFile> gpu = output_option(values, "output"), layers = output_option(values, "layers");
  const DeviceMeasurement measured = measure_device(request);
  const std::string command = command_of(values);
  if (gpu) {
    models::DeviceProfile profile = device_profile(measured);
    profile.precision = kernels::name_of(request.precision);
    profile.source = today() + ", " + profile.source;
    gpu->write(gpu_text(profile, command));
    gpu->commit();
  }
  if (layers) {
    models::LayerProfile profile = layer_profile(request, measured);
    profile.precision = kernels::name_of(request.precision);
    profile.date = today();
    profile.source = command + "; " + measured.details;
    layers->write(scenarios::profile_text(profile));
    layers->commit();
  }
  write_out(report_text(request, measured));
}

}  // namespace

Command profile_command() {
  return {"profile", "",      {}, "measures this machine's processor or GPU, kernel by kernel and layer by layer",
          false,     options, run};
}

}  // namespace syncline::tools
