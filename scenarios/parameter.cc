#include "scenarios/parameter.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/network_table.h"
#include "scenarios/sections.h"

namespace syncline::scenarios {
namespace {

// What a time may be fitted to; longer ones, up to 1000 s, can only be written by hand.
constexpr double kMostSeconds = 10, kLeastSeconds = 1e-9;
constexpr double kLeastRate = 125, kMostRate = 1e15;  // bytes per second; the least is the least that can be written

/// One of those that have it, where it is the same in all.
Section training_section(toml::table root, const std::string& network, const std::string& key) {
  const std::vector<toml::table*> tables = training_tables(root, network, key);
  if (tables.empty()) throw UserError("there is no [training]");
  const auto same = [&](const toml::table& a, const toml::table& b) {
    return a[key].value<std::string>() == b[key].value<std::string>() && a[key].value<double>() == b[key].value<double>();
  };
  for (const toml::table* table : tables) {
    if (!same(*table, *tables.front())) throw UserError("'" + key + "' is not the same in all sections of this network");
  }
  const bool is_iteration = tables.front()->contains("method");
  const std::string name = is_iteration ? "iteration" : "training";
  return {*tables.front(), section_format(name), name};
}

}  // namespace

Parameter find_parameter(const std::string& scenario_file, const std::string& network, const std::string& key) {
  const toml::table root = read_toml(scenario_file);
  const std::vector<NamedNetwork> networks =
      named_networks(folders_beside(scenario_file), root, Section(root, section_format(""), ""));
  const NamedNetwork* found = find_network(networks, network);
  if (found == nullptr) throw UserError("there is no network named '" + network + "'");
  const KeyPath path = parse_key_path(key);
  const SectionFormat& format = section_format(path.format);
  const KeyRow& row = *std::ranges::find(format.keys, path.key, [](const KeyRow& each) { return each.row.name; });
  const Section section =
      path.format == "training" ? training_section(root, network, path.key) : section_at(found->sections, path);
  Parameter result{network, key, row.reading, 0, row.row.least, row.row.greatest, row.row.help};
  if (!section.has(path.key)) throw UserError("'" + key + "' has no value to start from: give it one");
  if (row.reading == Reading::time) {
    result.value = section.time(path.key).seconds();
    result.least = kLeastSeconds;
    result.greatest = kMostSeconds;
  } else if (row.reading == Reading::bandwidth) {
    result.value = section.bandwidth(path.key).in_bytes_per_second();
    result.least = kLeastRate;
    result.greatest = kMostRate;
  } else if (row.reading == Reading::plain && std::holds_alternative<double>(row.row.standard) && !row.row.whole) {
    result.value = section.number(path.key);
  } else {
    throw UserError("'" + key + "' cannot be fitted: it is a " + type_text(row));
  }
  return result;
}

std::string parameter_text(const Parameter& parameter, double value, int digits) {
  if (parameter.reading == Reading::time) return fmt::format("{:.{}g} us", value * 1e6, digits);
  if (parameter.reading == Reading::bandwidth) return fmt::format("{:.{}g} GB/s", value / 1e9, digits);
  return fmt::format("{:.{}g}", value, digits);
}

}  // namespace syncline::scenarios
