// The scenario format as data: every section, and every key with its type, standard value, range and help. The reader checks
// files by these rows, and the reference of the format is printed from them; a key that is not here does not exist.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/training/method.h"

namespace syncline::scenarios {

/// How a value is written, where its plain type (number, text, true or false) does not say it all.
enum class Reading { plain, bandwidth, time, bytes, compute_rate, text_list, number_list, shape_list, count_or_list };

/// That another key of the section, of a row before this one, has one of these values; or, where `except`, none of them.
struct Condition {
  std::string key;
  std::vector<std::string> values;
  bool except = false;
};

struct KeyRow {
  models::ParameterRow row;  // name, help, standard value, range; the standard of a value with a unit is its text
  Reading reading = Reading::plain;
  bool required = false;             // where it is read
  std::string absent = "";           // optional without a standard value: what happens where it is not given
  std::vector<Condition> only = {};  // unless one of these holds, the key is not read, and an error; none: it always is read
};

struct SectionFormat {
  std::string path;  // "" is the top of the file; "network.worker" belongs to "network"
  bool repeated;     // [[path]], any number of times
  std::string help;
  std::vector<KeyRow> keys;

  std::string name() const;    // the last part of the path
  std::string parent() const;  // the path without it
};

/// The sections of a scenario, parents before children. A file of networks/ or clusters/ has the keys of "network" at its top,
/// a file of gpus/ those of "gpu"; [[method]] has the parameters of the method it names as further keys.
std::span<const SectionFormat> scenario_format();
const SectionFormat& section_format(std::string_view path);
/// The names of the sections directly inside `path`.
std::vector<std::string> subsections(const std::string& path);

/// A method's own parameters as keys of its section.
std::vector<KeyRow> method_keys(const models::MethodRow& row);

/// As a heading of the reference: "`[[method]]`".
std::string heading(const SectionFormat& section);

/// "why not", or "" where a key of plain type may have this value.
std::string complaint(const KeyRow& key, const models::ParameterValue& value);

/// "whole number from 1 to 4096", "bandwidth, such as \"10 Gbit/s\"", ... for help and messages.
std::string type_text(const KeyRow& key);
/// The standard value as it would be written in a file; the key's `absent` where it has none.
std::string standard_text(const KeyRow& key);
/// "read only with topology = "racks" or "rails", or machine = "pcie""; "not read with ..."; "" where there are no conditions.
std::string condition_text(const KeyRow& key);
/// A plain value as it is written, without quotes.
std::string value_text(const models::ParameterValue& value);

}  // namespace syncline::scenarios
