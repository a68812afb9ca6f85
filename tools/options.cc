#include "tools/options.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

#include "sim/error.h"

namespace syncline::tools {
namespace po = boost::program_options;

void add_scenario_options(po::options_description& options) {
  options.add_options()("set", po::value<std::vector<std::string>>()->composing()->value_name("KEY=VALUE"),
                        "a value in place of the scenario's, such as training.batch=8 or method.0.density=0.1; may be repeated");
  options.add_options()("seed", po::value<std::string>()->value_name("N"), "the same as --set training.seed=N");
}

std::optional<std::int64_t> whole_option(const po::variables_map& values, const std::string& name, std::int64_t least,
                                         std::int64_t greatest) {
  if (!values.count(name)) return std::nullopt;
  const std::string& text = values[name].as<std::string>();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > greatest) {
    throw UserError({"", 0, "--" + name}, fmt::format("must be a whole number from {} to {}, not '{}'", least, greatest, text));
  }
  return value;
}

scenarios::Scenario load_scenario(const std::string& file, const po::variables_map& values) {
  std::vector<scenarios::Override> overrides;
  if (values.count("set")) {
    for (const std::string& text : values["set"].as<std::vector<std::string>>())
      overrides.push_back(scenarios::parse_override(text));
  }
  constexpr std::int64_t kLargestSeed = (std::int64_t{1} << 53) - 1;
  if (const auto seed = whole_option(values, "seed", 0, kLargestSeed)) {
    overrides.push_back({"training.seed", std::to_string(*seed)});
  }
  return scenarios::load_scenario(file, overrides);
}

namespace {

/// A device, such as /dev/null, may be several things.
bool are_same_file(const std::string& a, const std::string& b) {
  std::error_code ignored;
  if (std::filesystem::exists(a, ignored) && !std::filesystem::is_regular_file(a, ignored)) return false;
  const auto place_of = [&](const std::string& file) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(file, ignored), ignored);
  };
  return place_of(a) == place_of(b);
}

}  // namespace

std::vector<std::string> files_of(const scenarios::Scenario& scenario) {
  std::vector<std::string> files = scenario.data_files;
  files.push_back(scenario.file);
  return files;
}

void check_outputs(const po::variables_map& values, std::initializer_list<const char*> outputs,
                   const std::vector<std::string>& read) {
  std::vector<std::pair<std::string, std::string>> before;  // option, file
  for (const std::string option : outputs) {
    if (!values.count(option)) continue;
    const std::string& file = values[option].as<std::string>();
    for (const std::string& other : read) {
      if (are_same_file(file, other))
        throw UserError({"", 0, "--" + option}, "'" + file + "' is read, and would be written over");
    }
    for (const auto& [name, other] : before) {
      if (are_same_file(file, other)) throw UserError({"", 0, "--" + option}, "is the same file as --" + name);
    }
    before.emplace_back(option, file);
  }
}

std::unique_ptr<OutputFile> output_option(const po::variables_map& values, const std::string& name) {
  if (!values.count(name)) return nullptr;
  return std::make_unique<OutputFile>("--" + name, values[name].as<std::string>());
}

}  // namespace syncline::tools
