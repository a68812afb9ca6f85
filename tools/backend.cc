#include "tools/backend.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "sim/error.h"
#include "tools/options.h"

namespace syncline::tools {

namespace po = boost::program_options;

void add_backend_options(po::options_description& options) {
  options.add_options()("backend", po::value<std::string>()->value_name("NAME")->default_value("auto", ""),
                        "where kernels run: auto (a GPU where one works, else the processor), cpu, cuda, reference");
  options.add_options()("threads", po::value<std::string>()->value_name("N"), "threads to compute with; without it, all cores");
}

kernels::Backend backend_option(const po::variables_map& values) {
  const Location where{"", 0, "--backend"};
  const std::string& name = values["backend"].as<std::string>();
  if (name == "auto") return kernels::fastest_backend();
  const std::vector<std::string> known = {"auto", "cpu", "cuda", "reference"};
  if (std::ranges::find(known, name) == known.end()) {
    throw UserError(where, "unknown backend '" + name + "'" + suggestion(name, known));
  }
  const kernels::Backend backend = kernels::parse_backend(name);
  try {
    kernels::Device::open(backend);
  } catch (const kernels::KernelError& error) {
    throw UserError(where, error.what());
  }
  return backend;
}

void add_gpu_option(po::options_description& options) {
  options.add_options()("gpu", po::value<std::string>()->value_name("auto|N"),
                        "which GPU: auto, as --backend auto; or its number, as nvidia-smi counts them");
}

kernels::Backend gpu_or_backend_option(const po::variables_map& values) {
  if (!values.count("gpu")) return backend_option(values);
  const Location where{"", 0, "--gpu"};
  if (!values["backend"].defaulted()) throw UserError(where, "says where kernels run, and so does --backend");
  const std::string& gpu = values["gpu"].as<std::string>();
  if (gpu == "auto") return kernels::fastest_backend();
  const std::optional<std::int64_t> number = whole_option(values, "gpu", 0, 1023);
  setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID", 1);
  setenv("CUDA_VISIBLE_DEVICES", std::to_string(*number).c_str(), 1);
  try {
    kernels::Device::open(kernels::Backend::cuda);
  } catch (const kernels::KernelError& error) {
    throw UserError(where, error.what());
  }
  return kernels::Backend::cuda;
}

void say_why_no_gpu() {
  std::string why = "the GPU is emulated";
  try {
    kernels::Device::open(kernels::Backend::cuda);
  } catch (const kernels::KernelError& error) {
    why = error.what();
  }
  std::fprintf(stderr, "syncline: %s: the processor is measured\n", why.c_str());
}

void add_precision_option(po::options_description& options) {
  options.add_options()("precision", po::value<std::string>()->value_name("NAME")->default_value("fp32", ""),
                        "what a GPU's tensor cores round factors to: fp32 (nothing is rounded), tf32, bf16; arrays stay fp32");
}

kernels::Math precision_option(const po::variables_map& values, kernels::Backend backend) {
  const Location where{"", 0, "--precision"};
  const std::string& name = values["precision"].as<std::string>();
  std::vector<std::string> known;
  for (const kernels::Math math : {kernels::Math::fp32, kernels::Math::tf32, kernels::Math::bf16}) {
    known.emplace_back(kernels::name_of(math));
    if (known.back() != name) continue;
    if (math != kernels::Math::fp32 && backend != kernels::Backend::cuda)
      throw UserError(where, "only a GPU multiplies by " + name);
    return math;
  }
  throw UserError(where, "unknown precision '" + name + "'" + suggestion(name, known));
}

}  // namespace syncline::tools
