#include "scenarios/network_table.h"

#include <algorithm>

#include "scenarios/sections.h"

namespace syncline::scenarios {
namespace {

const std::string kStack = "stack.", kVariant = "stack.variant.", kTraining = "training.";

toml::table& table_in(toml::table& table, const std::string& key) {
  if (table.get(key) == nullptr) table.insert(key, toml::table());
  return *table.get_as<toml::table>(key);
}

toml::array& array_in(toml::table& table, const std::string& key) {
  if (table.get(key) == nullptr) table.insert(key, toml::array());
  return *table.get_as<toml::array>(key);
}

/// What variant_name() will be; what it starts from, where it says so.
std::string written_name(const toml::table& variant) {
  if (const auto base = variant["base"].value<std::string>()) return *base;
  const auto algorithm = variant["algorithms"][0].value<std::string>();
  const auto protocol = variant["protocol"].value<std::string>();
  return algorithm.value_or("") + (protocol && !protocol->empty() ? "/" + *protocol : "");
}

/// The variant as it is written here, or one that starts from that of the base.
toml::table& variant_in(toml::table& stack, const std::string& name) {
  toml::array& variants = array_in(stack, "variant");
  for (toml::node& each : variants) {
    if (toml::table* table = each.as_table(); table != nullptr && written_name(*table) == name) return *table;
  }
  variants.push_back(toml::table{{"base", name}});
  return *variants.back().as_table();
}

/// Plain numbers are written without quotes.
void assign(toml::table& table, const KeyPath& path, const std::string& text) {
  const SectionFormat& format = section_format(path.format);
  const auto row = std::ranges::find(format.keys, path.key, [](const KeyRow& key) { return key.row.name; });
  if (row->reading == Reading::plain) {
    table.insert_or_assign(path.key, std::stod(text));
  } else {
    table.insert_or_assign(path.key, text);
  }
}

void apply(toml::table& network, const Setting& setting) {
  const KeyPath path = parse_key_path(setting.key);
  if (path.format == "network") return assign(network, path, setting.text);
  toml::table& stack = table_in(network, "stack");
  assign(path.variant.empty() ? stack : variant_in(stack, path.variant), path, setting.text);
}

}  // namespace

KeyPath parse_key_path(const std::string& text) {
  KeyPath path{"network", "", text};
  if (text.starts_with(kVariant)) {
    const std::size_t dot = text.rfind('.');
    if (dot < kVariant.size()) throw UserError("'" + text + "' is not stack.variant.NAME.KEY");
    path = {"network.stack.variant", text.substr(kVariant.size(), dot - kVariant.size()), text.substr(dot + 1)};
  } else if (text.starts_with(kTraining)) {
    path = {"training", "", text.substr(kTraining.size())};
  } else if (text.starts_with(kStack)) {
    path = {"network.stack", "", text.substr(kStack.size())};
  }
  std::vector<std::string> known;
  for (const KeyRow& key : section_format(path.format).keys) known.push_back(key.row.name);
  if (std::ranges::find(known, path.key) == known.end()) {
    throw UserError("'" + text + "' is no key of a network" + suggestion(path.key, known));
  }
  return path;
}

std::vector<toml::table*> training_tables(toml::table& file, const std::string& network, const std::string& key) {
  std::vector<toml::table*> found;
  if (toml::array* iterations = file.get_as<toml::array>("iteration")) {
    for (toml::node& each : *iterations) {
      toml::table* const table = each.as_table();
      if (table != nullptr && (*table)["network"].value<std::string>() == network && table->contains(key)) found.push_back(table);
    }
  }
  toml::table* const training = file.get_as<toml::table>("training");
  if (found.empty() && training != nullptr) found.push_back(training);
  return found;
}

const Section& section_at(const NetworkSections& network, const KeyPath& path) {
  if (path.format == "network") return network.main;
  if (path.format == "network.stack") return network.stack.main;
  std::vector<std::string> known;
  for (const Section& variant : network.stack.variants) {
    known.push_back(variant_name(variant));
    if (known.back() == path.variant) return variant;
  }
  throw UserError("the stack has no variant '" + path.variant + "'" + suggestion(path.variant, known));
}

toml::table file_with_network(const std::string& file, const NamedNetwork& network, std::span<const Setting> settings) {
  toml::table root = read_toml(file);
  toml::array kept;
  if (network.described) {
    kept.push_back(std::move(*(*root.get_as<toml::array>("network"))[network.place].as_table()));
  } else {
    const auto name = root["networks"][network.place].value<std::string>();
    kept.push_back(toml::table{{"base", name.value_or("")}, {"name", network.name}});
  }
  for (const Setting& setting : settings) {
    if (setting.network != network.name) continue;
    const KeyPath path = parse_key_path(setting.key);
    if (path.format == "training") {
      for (toml::table* table : training_tables(root, network.name, path.key)) assign(*table, path, setting.text);
    } else {
      apply(*kept[0].as_table(), setting);
    }
  }
  root.insert_or_assign("networks", toml::array());
  root.insert_or_assign("network", std::move(kept));
  return root;
}

}  // namespace syncline::scenarios
