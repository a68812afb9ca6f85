#include "scenarios/network_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "scenarios/network_table.h"
#include "scenarios/sections.h"
#include "sim/units_text.h"

namespace syncline::scenarios {
namespace {

const std::vector<std::string> kKinds = {"networks", "clusters"};

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') result += '\\';
    result += letter;
  }
  return result + "\"";
}

std::string written(const toml::node& node) {
  if (const toml::array* array = node.as_array()) {
    std::string list;
    for (const toml::node& element : *array) list += (list.empty() ? "" : ", ") + written(element);
    return "[" + list + "]";
  }
  if (const auto text = node.value_exact<std::string>()) return quoted(*text);
  if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
  return number_text(*node.value<double>());
}

/// Keys of `over` in place of those of `table`, repeated sections behind those that are there.
void lay_over(toml::table& table, const toml::table& over) {
  for (auto&& [key, node] : over) {
    const toml::array* sections = node.as_array();
    toml::array* there = table.get_as<toml::array>(key.str());
    if (sections != nullptr && there != nullptr && !sections->empty() && sections->front().is_table()) {
      for (const toml::node& section : *sections) there->push_back(*section.as_table());
    } else {
      node.visit([&](const auto& typed) { table.insert_or_assign(key.str(), typed); });
    }
  }
}

std::string name_in(const toml::table& variant) {
  const auto base = variant["base"].value<std::string>();
  const auto algorithm = variant["algorithms"][0].value<std::string>();
  const auto protocol = variant["protocol"].value<std::string>();
  if (base) return *base;
  return algorithm.value_or("") + (protocol && !protocol->empty() ? "/" + *protocol : "");
}

/// As lay_over, but a variant that starts from one that is written here becomes part of it.
void lay_over_stack(toml::table& stack, const toml::table& over) {
  toml::table rest = over;
  toml::array* there = stack.get_as<toml::array>("variant");
  if (toml::array* variants = rest.get_as<toml::array>("variant"); variants != nullptr && there != nullptr) {
    for (auto each = variants->begin(); each != variants->end();) {
      const auto same = std::find_if(there->begin(), there->end(), [&](const toml::node& one) {
        return name_in(*one.as_table()) == name_in(*each->as_table());
      });
      if (!each->as_table()->contains("base") || same == there->end()) {
        ++each;
        continue;
      }
      for (auto&& [key, node] : *each->as_table()) {
        if (key.str() == "base") continue;
        node.visit([&, name = key.str()](const auto& typed) { same->as_table()->insert_or_assign(name, typed); });
      }
      each = variants->erase(each);
    }
    if (variants->empty()) rest.erase("variant");
  }
  lay_over(stack, rest);
}

/// The network's table laid over its base's.
toml::table flattened(const DataFolders& folders, const toml::table& network) {
  const auto base = network["base"].value<std::string>();
  if (!base) return network;
  toml::table result = read_toml(folders.find(*base, kKinds));
  toml::table over = network;
  over.erase("base");
  const toml::table* stack_here = network["stack"].as_table();
  if (stack_here != nullptr && !stack_here->contains("base") && result["stack"].is_table()) {
    lay_over_stack(*result.get_as<toml::table>("stack"), *stack_here);
    over.erase("stack");
  }
  lay_over(result, over);
  return result;
}

/// Keys in the order of the format, then the sections inside.
std::string text_of(const toml::table& table, const SectionFormat& format, const std::string& heading) {
  std::string text;
  if (!heading.empty()) text += "\n" + (format.repeated ? "[[" + heading + "]]" : "[" + heading + "]") + "\n";
  for (const KeyRow& key : format.keys) {
    if (const toml::node* node = table.get(key.row.name)) text += fmt::format("{} = {}\n", key.row.name, written(*node));
  }
  for (const SectionFormat& inner : scenario_format()) {
    if (inner.parent() != format.path || inner.path.empty()) continue;
    for (const toml::table* each : tables(table, inner, inner.name())) {
      text += text_of(*each, inner, heading.empty() ? inner.name() : heading + "." + inner.name());
    }
  }
  return text;
}

void add_record(toml::table& network, const FitRecord& record) {
  toml::array kept;
  if (const toml::array* before = network.get_as<toml::array>("fitted")) {
    for (const toml::node& each : *before) {
      const toml::table& one = *each.as_table();
      const bool same = one["scenario"].value<std::string>() == record.scenario &&
                        one["subset"].value<std::string>() == record.subset &&
                        one["network"].value<std::string>() == record.network;
      if (!same) kept.push_back(one);
    }
  }
  toml::array parameters;
  for (const std::string& parameter : record.parameters) parameters.push_back(parameter);
  kept.push_back(toml::table{{"scenario", record.scenario},
                             {"subset", record.subset},
                             {"network", record.network},
                             {"cases", record.fingerprint},
                             {"parameters", parameters},
                             {"command", record.command},
                             {"date", record.date}});
  network.insert_or_assign("fitted", std::move(kept));
}

}  // namespace

std::string network_file_text(const std::string& scenario_file, const std::string& network, std::span<const Setting> settings,
                              const FitRecord& record) {
  const DataFolders folders = folders_beside(scenario_file);
  toml::table before = read_toml(scenario_file);
  const std::vector<NamedNetwork> networks = named_networks(folders, before, Section(before, section_format(""), ""));
  const NamedNetwork& named = *find_network(networks, network);
  toml::table root = file_with_network(scenario_file, named, settings);
  toml::table& described = *root["network"][0].as_table();
  if (!named.described) described.erase("name");  // that of the file, or what stands in it
  toml::table whole = flattened(folders, described);
  add_record(whole, record);
  return "# Written by `" + record.command + "`.\n" + text_of(whole, section_format("network"), "");
}

}  // namespace syncline::scenarios
