// Reading what was measured. What it would be by simulation is in prediction.cc.
#include "scenarios/measured.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <functional>
#include <utility>

#include "models/dnn/dnn.h"
#include "scenarios/network_sections.h"
#include "scenarios/sections.h"
#include "sim/units_text.h"

namespace syncline::scenarios {
namespace {

constexpr double kMostBytes = 1e15;
constexpr int kMostWorkers = 4096;

/// "925 samples/s"; nothing where the text has another unit.
std::optional<double> samples_per_second(const std::string& text) {
  const std::string_view unit = "samples/s";
  if (!text.ends_with(unit)) return std::nullopt;
  std::string number = text.substr(0, text.size() - unit.size());
  while (number.ends_with(' ')) number.pop_back();
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size() || !std::isfinite(value) || !(value > 0)) {
    throw UserError("must be a rate above zero, such as \"925 samples/s\", not '" + text + "'");
  }
  return value;
}

/// Seconds of a time, or of a rate at which `samples` are done; 0: a time is wanted.
double seconds_of(const std::string& text, int samples) {
  if (samples > 0) {
    if (const auto rate = samples_per_second(text)) return samples / *rate;
  }
  Time time;
  try {
    time = parse_time(text);
  } catch (const UserError& error) {
    if (samples == 0) throw;
    throw UserError(error.message() + "; or a rate such as \"925 samples/s\"");
  }
  if (!(time > Time::zero())) throw UserError("must be above zero, not '" + text + "'");
  return time.seconds();
}

/// The value, and what is said of its spread.
void read_values(const Point& point, int samples, MeasuredCase& one) {
  located(point.where, [&] {
    const std::vector<std::string>& values = point.values;
    if (values.size() > 3) throw UserError("has more values than one, its deviation, or its least and greatest");
    one.measured = seconds_of(values[0], samples);
    if (values.size() == 2) {
      // Of a rate: as large a part of the time as of the rate, which holds to first order.
      const double given = seconds_of(values[1], samples);
      const bool is_rate = samples > 0 && samples_per_second(values[1]).has_value();
      one.deviation = is_rate ? one.measured * one.measured / given : given;
    }
    if (values.size() == 3) {
      one.least = seconds_of(values[1], samples);
      one.greatest = seconds_of(values[2], samples);
      if (*one.least > *one.greatest) std::swap(one.least, one.greatest);  // of rates
      if (*one.least > one.measured || *one.greatest < one.measured) throw UserError("must be from its least to its greatest");
    }
  });
}

/// What a file says besides its cases.
struct Context {
  const Scenario* scenario = nullptr;  // null: it has no methods
  int workers = 1;
  const std::vector<NamedNetwork>& networks;
};

const NamedNetwork& network_of(const Section& section, const Context& context) {
  const std::string& name = section.text("network");
  if (const NamedNetwork* found = find_network(context.networks, name)) return *found;
  std::vector<std::string> known;
  for (const NamedNetwork& network : context.networks) known.push_back(network.name);
  throw UserError(section.where("network"), "there is no network named '" + name + "'" + suggestion(name, known));
}

network::Operation operation_of(const std::string& name) {
  for (const network::CollectiveRow& row : network::collectives()) {
    if (name_of(row.operation) == name) return row.operation;
  }
  throw InternalError("an operation that the format has and the table has not");
}

std::string algorithm_of(const Section& section, network::Operation operation, const NamedNetwork& network) {
  std::string name = "auto";
  if (section.has("algorithm")) {
    name = section.text("algorithm");
  } else if (operation == network::Operation::all_reduce) {
    name = network.sections.main.text("all_reduce");
  } else if (operation == network::Operation::all_gather) {
    name = network.sections.main.text("all_gather");
  }
  if (name == "auto") return network::auto_name(operation);
  located(section.where("algorithm"), [&] {
    if (network::collective(name).operation != operation) throw UserError("'" + name + "' does another operation");
  });
  return name;
}

void read_collective(const Section& section, const Context& context, std::vector<MeasuredCase>& cases) {
  MeasuredCase one;
  one.is_collective = true;
  one.subset = section.text("subset");
  const NamedNetwork& network = network_of(section, context);
  one.network = network.name;
  one.workers = section.has("workers") ? static_cast<int>(section.whole("workers")) : context.workers;
  one.operation = operation_of(section.text("op"));
  one.algorithm = algorithm_of(section, one.operation, network);
  one.pause = section.time("pause");
  for (const Point& point : section.points("points")) {
    if (point.at != std::floor(point.at) || point.at > kMostBytes) {
      throw UserError(point.where, "bytes must be a whole number from 1 to 1e15, not " + number_text(point.at));
    }
    one.bytes = Bytes(static_cast<std::int64_t>(point.at));
    one.where = point.where;
    read_values(point, 0, one);
    cases.push_back(one);
  }
}

void read_iterations(const Section& section, std::size_t number, const Context& context, std::vector<MeasuredCase>& cases) {
  if (context.scenario == nullptr) throw UserError(section.where("method"), "there is no [[method]] that it could be");
  const Scenario& scenario = *context.scenario;
  MeasuredCase one;
  one.subset = section.text("subset");
  one.network = network_of(section, context).name;
  one.method = section.text("method");
  std::vector<std::string> known;
  for (const models::MethodSetting& method : scenario.methods) known.push_back(method.label);
  if (std::ranges::find(known, one.method) == known.end()) {
    throw UserError(section.where("method"), "there is no method labelled '" + one.method + "'" + suggestion(one.method, known));
  }
  one.model = section.has("model") ? section.text("model") : scenario.model;
  one.batch = section.has("batch") ? static_cast<int>(section.whole("batch")) : scenario.batch;
  one.section = number;
  if (section.has("algorithm")) one.algorithm = section.text("algorithm");
  for (const std::string& key : training_keys()) {
    if (!section.written(key)) continue;
    one.training += key + "=" + (key == "update" ? to_text(section.time(key)) : value_text(section.parameter(key))) + "\n";
  }
  for (const Point& point : section.points("points")) {
    if (point.at != std::floor(point.at) || point.at > kMostWorkers) {
      throw UserError(point.where, fmt::format("workers must be a whole number from 1 to {}, not {}", kMostWorkers, point.at));
    }
    one.workers = static_cast<int>(point.at);
    one.where = point.where;
    read_values(point, one.workers * one.batch, one);
    cases.push_back(one);
  }
}

/// The sections of this name, each by `read`.
void for_each_section(const toml::table& root, const std::string& name,
                      const std::function<void(const Section&, std::size_t)>& read) {
  const SectionFormat& format = section_format(name);
  std::size_t number = 0;
  for (const toml::table* table : tables(root, format, name)) {
    read(Section(*table, format, name + "[" + std::to_string(number) + "]"), number);
    ++number;
  }
}

/// Of one case no two things are known.
void check_apart(const std::vector<MeasuredCase>& cases) {
  for (std::size_t i = 0; i < cases.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const MeasuredCase &a = cases[i], &b = cases[j];
      if (a.workers == b.workers && a.bytes == b.bytes && series_of(a) == series_of(b)) {
        throw UserError(a.where, fmt::format("the same was measured at line {} already", b.where.line));
      }
    }
  }
}

/// Marks what a network says that it was fitted to: the very cases, in a file of whatever name, whatever the network's is now.
void mark_fitted(const NamedNetwork& network, const std::string& file, bool refit, std::vector<MeasuredCase>& cases) {
  for (const Section& section : network.sections.fitted) {
    const std::string &subset = section.text("subset"), &name = section.text("network");
    const std::vector<std::size_t> which = cases_of(cases, subset, network.name);
    const bool this_file = section.text("scenario") == file && name == network.name;
    const bool these = fingerprint_of(cases, which, name) == section.text("cases");
    if (!this_file && !these) continue;
    if (!refit && !these) {
      throw UserError(section.where("cases"),
                      fmt::format("network '{}' was fitted to other cases than '{}' has now in {}: calibrate "
                                  "again",
                                  network.name, subset, file));
    }
    for (const std::size_t i : which) cases[i].fitted = true;
  }
}

}  // namespace

std::string name_of(const MeasuredCase& one) {
  if (!one.is_collective) return one.method;
  return fmt::format("{} of {} B", name_of(one.operation), one.bytes.count());
}

std::string series_of(const MeasuredCase& one) {
  if (!one.is_collective) {
    const std::string by = one.algorithm.empty() ? "" : "|" + one.algorithm;
    return fmt::format("{}|{}|{}|{}|{}{}", one.network, one.model, one.batch, one.training, one.method, by);
  }
  return fmt::format("{}|{}|{}|{}", one.network, one.workers, name_of(one.operation), one.algorithm);
}

std::vector<std::string> training_keys() {
  const SectionFormat& iteration = section_format("iteration");
  std::vector<std::string> result;
  for (const KeyRow& key : section_format("training").keys) {
    const auto same = [&](const KeyRow& other) { return other.row.name == key.row.name; };
    if (std::ranges::any_of(iteration.keys, same)) result.push_back(key.row.name);
  }
  return result;
}

bool MeasuredScenario::is_one(const std::string& file) {
  const toml::table root = read_toml(file);
  return root.contains("collective") || root.contains("iteration");
}

MeasuredScenario MeasuredScenario::load(const std::string& file, bool refit) {
  const toml::table root = read_toml(file);
  const DataFolders folders = folders_beside(file);
  const Section top(root, section_format(""), "");
  const std::vector<NamedNetwork> networks = named_networks(folders, root, top);

  MeasuredScenario result;
  result.file_ = file;
  result.title_ = top.text("title").empty() ? file_stem(file) : top.text("title");
  Context context{nullptr, 1, networks};
  std::optional<Scenario> scenario;
  const SectionFormat& training_format = section_format("training");
  const std::vector<const toml::table*> training = tables(root, training_format, "training");
  if (root.contains("method")) {
    scenario = settings_of(folders, root, file);
    context.scenario = &*scenario;
  }
  if (!training.empty()) {
    const Section section(*training.front(), training_format, "training");
    context.workers = static_cast<int>(section.whole("workers"));
  }
  for_each_section(root, "collective", [&](const Section& each, std::size_t) { read_collective(each, context, result.cases_); });
  for_each_section(root, "iteration",
                   [&](const Section& each, std::size_t number) { read_iterations(each, number, context, result.cases_); });
  if (result.cases_.empty())
    throw UserError({file, 0, ""}, "nothing was measured: it has no [[collective]] and no [[iteration]]");
  check_apart(result.cases_);
  const std::string name = std::filesystem::path(file).filename().string();
  for (const NamedNetwork& network : networks) mark_fitted(network, name, refit, result.cases_);
  return result;
}

}  // namespace syncline::scenarios
