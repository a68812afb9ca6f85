// A scenario's file as TOML, changed as if by hand: one network described in it, some of its keys with other values. Only the sources
// of this folder include this header.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "scenarios/measured.h"
#include "scenarios/network_sections.h"

namespace syncline::scenarios {

/// The parts of a parameter's key: "stack.variant.ring-all-reduce/LL.hop_network".
struct KeyPath {
  std::string format;   // "network", "network.stack", "network.stack.variant", or "training"
  std::string variant;  // variant_name() of it; "": the key is none of a variant's
  std::string key;
};

/// A number of the training itself, "training.update", belongs to the measured sections of one network: to those that have the
/// key, or to [training] where none has it.
std::vector<toml::table*> training_tables(toml::table& file, const std::string& network, const std::string& key);

/// UserError where it leads nowhere.
KeyPath parse_key_path(const std::string& text);

/// What the network's section of this kind has; the variant of this name. UserError where there is none.
const Section& section_at(const NetworkSections& network, const KeyPath& path);

/// The file with this network only, in a section of its own, and with those of the settings that are about it.
toml::table file_with_network(const std::string& file, const NamedNetwork& network, std::span<const Setting> settings);

}  // namespace syncline::scenarios
