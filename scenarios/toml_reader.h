// Reads TOML against the rows of format.h: every key is known, of its type, with its unit, in its range, and has a location.
// Only the sources of this folder include this header; it brings in toml++.
#pragma once

#include <toml++/toml.h>

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "scenarios/format.h"
#include "scenarios/located.h"
#include "scenarios/scenario.h"
#include "sim/error.h"
#include "sim/units.h"

namespace syncline::scenarios {

/// The "file" of a value that came by an override.
inline const std::string kOverrideFile = "--set";

/// The whole file with the overrides applied. UserError at the line of a syntax error.
toml::table read_toml(const std::string& file, const std::vector<Override>& overrides = {});

using Shapes = std::vector<std::vector<std::int64_t>>;

/// The values of one section. Asking for a key that the format lacks is our bug; a wrong value was found on reading.
class Section {
 public:
  /// `extra`: further keys of this section. `base`: where a key is taken from that is not written here, if it is read here at
  /// all. `path`: as messages show it, "method[2]".
  Section(const toml::table& table, const SectionFormat& format, std::string path, const std::vector<KeyRow>& extra = {},
          const Section* base = nullptr);

  /// False where the key is not written and has no standard value.
  bool has(const std::string& key) const { return values_.count(key) == 1; }
  /// True where the key is written, here or in the base.
  bool written(const std::string& key) const { return has(key) && values_.at(key).written; }
  /// True where it is written here, not in the base.
  bool written_here(const std::string& key) const { return written(key) && !values_.at(key).inherited; }

  double number(const std::string& key) const { return get<double>(key); }
  std::int64_t whole(const std::string& key) const { return static_cast<std::int64_t>(number(key)); }
  const std::string& text(const std::string& key) const { return get<std::string>(key); }
  bool flag(const std::string& key) const { return get<bool>(key); }
  Bandwidth bandwidth(const std::string& key) const { return get<Bandwidth>(key); }
  Time time(const std::string& key) const { return get<Time>(key); }
  Bytes bytes(const std::string& key) const { return get<Bytes>(key); }
  double compute_rate(const std::string& key) const { return get<double>(key); }
  const std::vector<std::string>& texts(const std::string& key) const { return get<std::vector<std::string>>(key); }
  const std::vector<double>& numbers(const std::string& key) const { return get<std::vector<double>>(key); }
  const Shapes& shapes(const std::string& key) const { return get<Shapes>(key); }
  /// Of what may be a number or a list: it is a list.
  bool is_list(const std::string& key) const { return !std::holds_alternative<double>(values_.at(key).content); }
  /// Of a key of plain type, as methods take it.
  models::ParameterValue parameter(const std::string& key) const;

  /// Of the key's value; of the section's head where the key is not written.
  Location where(const std::string& key) const;
  Location where() const { return where_; }
  const std::string& path() const { return path_; }
  /// The same, as if these keys, which have no standard value, were not written.
  Section without(const std::vector<std::string>& keys) const;

 private:
  using Content =
      std::variant<double, std::string, bool, Bandwidth, Time, Bytes, std::vector<std::string>, std::vector<double>, Shapes>;
  struct Value {
    Content content;
    Location where;
    bool written = false;
    bool inherited = false;
  };

  template <class T>
  const T& get(const std::string& key) const {
    const auto found = values_.find(key);
    SYNCLINE_CHECK(found != values_.end(), "no value for " + key);
    return std::get<T>(found->second.content);
  }
  void read_keys(const toml::table& table, const SectionFormat& format, const std::vector<KeyRow>& keys);
  void fill(const std::vector<KeyRow>& keys, const Section* base);
  bool is_read(const KeyRow& key) const;
  void check_conditions(const std::vector<KeyRow>& keys) const;
  static Content read_value(const KeyRow& key, const toml::node& node, const Location& where);
  static Content read_list(const KeyRow& key, const toml::node& node, const Location& where);
  static Content read_shapes(const KeyRow& key, const toml::node& node, const Location& where);
  static Content read_numbered(const KeyRow& key, const toml::node& node, const Location& where);
  static Content with_unit(const KeyRow& key, const std::string& text, const Location& where);

  std::string path_;
  Location where_;
  std::map<std::string, Value> values_;
};

/// The tables of [[name]] or [name] inside `table`, none where it is not there. UserError where it is something else.
std::vector<const toml::table*> tables(const toml::table& table, const SectionFormat& format, const std::string& path);

Location location_of(const toml::node& node, const std::string& key);

/// "path.key"; "key" at the top.
std::string joined(const std::string& path, const std::string& key);

}  // namespace syncline::scenarios
