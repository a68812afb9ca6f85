// syncline calibrate: numbers of a network from what was measured on it.
#include <filesystem>
#include <memory>
#include <sstream>
#include <system_error>

#include "tools/calibration.h"
#include "tools/command.h"
#include "tools/output_file.h"
#include "tools/print.h"

namespace syncline::tools {
namespace {

namespace po = boost::program_options;

po::options_description options() {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  po::options_description result("Options");
  result.add_options()("fit", text("SUBSET"), "the cases to fit to: those of all its sections with this `subset`");
  result.add_options()("network", text("NAME")->default_value("", "the only one with such cases"), "the network to fit");
  result.add_options()("parameters", text("KEYS")->default_value("latency,stack.efficiency"),
                       "keys of the network, separated by commas, such as latency, stack.launch or "
                       "stack.variant.ring-all-reduce/LL.hop_network; and training.update, which the scenario has");
  result.add_options()("output", text("FILE"), "writes the network with what was fitted, as a file of networks/");
  return result;
}

std::vector<std::string> keys_of(const std::string& list) {
  std::vector<std::string> keys;
  std::stringstream stream(list);
  for (std::string key; std::getline(stream, key, ',');) {
    const std::size_t begin = key.find_first_not_of(' '), end = key.find_last_not_of(' ');
    if (begin == std::string::npos) throw UserError({"", 0, "--parameters"}, "an empty key in '" + list + "'");
    keys.push_back(key.substr(begin, end - begin + 1));
  }
  return keys;
}

void run(const std::string& file, const po::variables_map& values) {
  if (!values.count("fit")) throw UserError("no --fit: name the subset of cases to fit to");
  const CalibrationRequest request{file, values["fit"].as<std::string>(), values["network"].as<std::string>(),
                                   keys_of(values["parameters"].as<std::string>())};
  std::unique_ptr<OutputFile> output;
  if (values.count("output")) {
    const std::string& path = values["output"].as<std::string>();
    std::error_code none;
    if (std::filesystem::equivalent(path, file, none)) {
      throw UserError({"", 0, "--output"}, path + " is the scenario with the cases: give the network a file of its own");
    }
    output = std::make_unique<OutputFile>("--output", path);
  }
  const Calibration calibration = calibrate(request);
  if (output) {
    output->write(calibration.profile);
    output->commit();
  }
  write_out(calibration_text(request, calibration));
}

}  // namespace

Command calibrate_command() {
  return {"calibrate",
          "SCENARIO",
          {},
          "fits times, bandwidths and other numbers of a network to cases of a measured scenario, by least squares of "
          "log(predicted / measured)",
          false,
          options,
          run};
}

}  // namespace syncline::tools
