#include "scenarios/toml_reader.h"

#include <algorithm>
#include <ranges>

#include "sim/units_text.h"

namespace syncline::scenarios {
namespace {

// Beyond these a step would take longer than simulated time can count, some 100 days.
constexpr double kLeastRate = 1e6;
constexpr Bytes kMostBytes(1'000'000'000'000);
constexpr Time kLongestTime = Time::milliseconds(1'000'000);
const Bandwidth kLeastBandwidth = Bandwidth::bits_per_second(1000);

const KeyRow* find_key(const std::vector<KeyRow>& keys, std::string_view name) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const KeyRow& key) { return key.row.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

Location location_of(const toml::source_region& source, const std::string& key) {
  // Only what came by an override was made by us, and so has no source.
  return {source.path ? *source.path : kOverrideFile, source.begin ? static_cast<int>(source.begin.line) : 0, key};
}

}  // namespace

std::string joined(const std::string& path, const std::string& key) { return path.empty() ? key : path + "." + key; }

Location location_of(const toml::node& node, const std::string& key) { return location_of(node.source(), key); }

Section::Section(const toml::table& table, const SectionFormat& format, std::string path, const std::vector<KeyRow>& extra,
                 const Section* base)
    : path_(std::move(path)), where_(scenarios::location_of(static_cast<const toml::node&>(table), path_)) {
  std::vector<KeyRow> keys = format.keys;
  keys.insert(keys.end(), extra.begin(), extra.end());
  read_keys(table, format, keys);
  fill(keys, base);
  check_conditions(keys);
}

void Section::read_keys(const toml::table& table, const SectionFormat& format, const std::vector<KeyRow>& keys) {
  const std::vector<std::string> inner = subsections(format.path);
  for (auto&& [name, node] : table) {
    const std::string key(name.str());
    const bool is_section = std::find(inner.begin(), inner.end(), key) != inner.end();
    const KeyRow* row = find_key(keys, key);
    if (is_section && (row == nullptr || node.is_table())) continue;  // its own reader's matter
    if (row == nullptr) {
      std::vector<std::string> known = inner;
      for (const KeyRow& each : keys) {
        // `gpu` is a key and a section.
        if (std::ranges::find(known, each.row.name) == known.end()) known.push_back(each.row.name);
      }
      throw UserError(location_of(name.source(), joined(path_, key)), "unknown key" + suggestion(key, known));
    }
    const Location where = scenarios::location_of(node, joined(path_, key));
    values_[key] = {read_value(*row, node, where), where, true, false};
  }
}

void Section::fill(const std::vector<KeyRow>& keys, const Section* base) {
  for (const KeyRow& key : keys) {
    const std::string& name = key.row.name;
    if (has(name)) continue;
    if (base != nullptr && base->has(name) && is_read(key)) {
      values_[name] = base->values_.at(name);
      values_[name].inherited = true;
    } else if (key.required && !is_read(key)) {
      continue;
    } else if (key.required) {
      throw UserError(where(name), "missing; it is a " + type_text(key) + ": " + key.row.help);
    } else if (key.reading == Reading::text_list) {
      values_[name] = {std::vector<std::string>(), where(name), false, false};
    } else if (key.reading == Reading::number_list) {
      values_[name] = {std::vector<double>(), where(name), false, false};
    } else if (key.reading == Reading::shape_list) {
      values_[name] = {Shapes(), where(name), false, false};
    } else if (key.absent.empty()) {
      const std::string* text = std::get_if<std::string>(&key.row.standard);
      const Content content = key.reading == Reading::plain
                                  ? std::visit([](const auto& value) { return Content(value); }, key.row.standard)
                                  : with_unit(key, *text, where(name));
      values_[name] = {content, where(name), false, false};
    }
  }
}

bool Section::is_read(const KeyRow& key) const {
  return key.only.empty() || std::ranges::any_of(key.only, [&](const Condition& condition) {
           const bool is_one =
               std::ranges::find(condition.values, value_text(parameter(condition.key))) != condition.values.end();
           return is_one != condition.except;
         });
}

void Section::check_conditions(const std::vector<KeyRow>& keys) const {
  for (const KeyRow& key : keys) {
    if (written(key.row.name) && !is_read(key)) {
      throw UserError(where(key.row.name), "has no effect: it is " + condition_text(key));
    }
  }
}

Section::Content Section::with_unit(const KeyRow& key, const std::string& text, const Location& where) {
  return located(where, [&]() -> Content {
    if (key.reading == Reading::compute_rate) {
      const double rate = parse_rate(text);
      if (!(rate > 0)) throw UserError("must be above zero, not '" + text + "'");
      if (rate < kLeastRate) throw UserError("must be at least 1 MFLOP/s, not '" + text + "'");
      return rate;
    }
    if (key.reading == Reading::time) {
      const Time time = parse_time(text);
      if (time < Time::zero()) throw UserError("must not be negative, not '" + text + "'");
      if (time > kLongestTime) throw UserError("must be at most 1000 s, not '" + text + "'");
      return time;
    }
    if (key.reading == Reading::bytes) {
      const Bytes bytes = parse_bytes(text);
      if (bytes <= Bytes(0)) throw UserError("must be above zero, not '" + text + "'");
      if (bytes > kMostBytes) throw UserError("must be at most 1000 GB, not '" + text + "'");
      return bytes;
    }
    const Bandwidth bandwidth = parse_bandwidth(text);
    if (!(bandwidth.in_bytes_per_second() > 0)) throw UserError("must be above zero, not '" + text + "'");
    if (bandwidth < kLeastBandwidth) throw UserError("must be at least 1 kbit/s, not '" + text + "'");
    return bandwidth;
  });
}

Section::Content Section::read_list(const KeyRow& key, const toml::node& node, const Location& where) {
  std::vector<std::string> texts;
  std::vector<double> numbers;
  const toml::array* array = node.as_array();
  if (array == nullptr) throw UserError(where, "must be a " + type_text(key));
  for (const toml::node& element : *array) {
    const Location at = scenarios::location_of(element, where.key);
    const auto text = element.value_exact<std::string>();
    const auto number = element.value<double>();
    const bool fits = key.reading == Reading::text_list ? text.has_value() : number && !element.is_boolean();
    if (!fits) throw UserError(at, "must be a " + type_text(key));
    if (text) texts.push_back(*text);
    if (!number || key.reading == Reading::text_list) continue;
    if (const std::string why = models::complaint(key.row, *number); !why.empty()) throw UserError(at, "each " + why);
    numbers.push_back(*number);
  }
  if (key.reading == Reading::text_list) return texts;
  return numbers;
}

/// None of them empty.
Section::Content Section::read_shapes(const KeyRow& key, const toml::node& node, const Location& where) {
  Shapes shapes;
  if (!node.is_array()) throw UserError(where, "must be a " + type_text(key));
  for (const toml::node& element : *node.as_array()) {
    const Location place = scenarios::location_of(element, where.key);
    const toml::array* array = element.as_array();
    if (array == nullptr || array->empty()) throw UserError(place, "must be a " + type_text(key) + ", such as [[64, 3], [64]]");
    shapes.emplace_back();
    for (const toml::node& extent : *array) {
      const auto number = extent.value_exact<std::int64_t>();
      if (!number) throw UserError(place, "must be a " + type_text(key) + ", such as [[64, 3], [64]]");
      const std::string why = models::complaint(key.row, static_cast<double>(*number));
      if (!why.empty()) throw UserError(place, "each " + why);
      shapes.back().push_back(*number);
    }
  }
  return shapes;
}

/// At least one, from 0 on, none of them twice.
Section::Content Section::read_numbered(const KeyRow& key, const toml::node& node, const Location& where) {
  std::vector<double> numbers;
  if (!node.is_array()) throw UserError(where, "must be a " + type_text(key));
  for (const toml::node& element : *node.as_array()) {
    const Location place = scenarios::location_of(element, where.key);
    const auto number = element.value_exact<std::int64_t>();
    if (!number || *number < 0 || static_cast<double>(*number) >= key.row.greatest) {
      throw UserError(place, "must be a " + type_text(key));
    }
    const auto whole = static_cast<double>(*number);
    if (std::ranges::find(numbers, whole) != numbers.end()) throw UserError(place, number_text(whole) + " is there twice");
    numbers.push_back(whole);
  }
  if (numbers.empty()) throw UserError(where, "must be a " + type_text(key) + ", not an empty one");
  return numbers;
}

Section::Content Section::read_value(const KeyRow& key, const toml::node& node, const Location& where) {
  if (key.reading == Reading::text_list || key.reading == Reading::number_list) return read_list(key, node, where);
  if (key.reading == Reading::shape_list) return read_shapes(key, node, where);
  if (key.reading == Reading::count_or_list && !node.is_number()) return read_numbered(key, node, where);
  models::ParameterValue value;
  if (const auto text = node.value_exact<std::string>()) {
    value = *text;
  } else if (const auto flag = node.value_exact<bool>()) {
    value = *flag;
  } else if (const auto number = node.value<double>()) {
    value = *number;
  } else {
    throw UserError(where, "must be a " + type_text(key));
  }
  if (key.reading != Reading::plain && key.reading != Reading::count_or_list) {
    if (!std::holds_alternative<std::string>(value)) throw UserError(where, "must be a text with a unit: a " + type_text(key));
    return with_unit(key, std::get<std::string>(value), where);
  }
  if (const std::string why = complaint(key, value); !why.empty()) throw UserError(where, why);
  return std::visit([](const auto& plain) { return Content(plain); }, value);
}

models::ParameterValue Section::parameter(const std::string& key) const {
  const Content& content = values_.at(key).content;
  if (const double* number = std::get_if<double>(&content)) return *number;
  if (const bool* flag = std::get_if<bool>(&content)) return *flag;
  return std::get<std::string>(content);
}

Section Section::without(const std::vector<std::string>& keys) const {
  Section result = *this;
  for (const std::string& key : keys) result.values_.erase(key);
  return result;
}

Location Section::where(const std::string& key) const {
  const auto found = values_.find(key);
  if (found != values_.end() && found->second.written) return found->second.where;
  return {where_.file, where_.line, joined(path_, key)};
}

std::vector<const toml::table*> tables(const toml::table& table, const SectionFormat& format, const std::string& path) {
  const toml::node* node = table.get(format.name());
  if (node == nullptr) return {};
  const Location where = location_of(*node, path);
  if (!format.repeated) {
    if (!node->is_table()) throw UserError(where, "must be a section: [" + format.path + "]");
    return {node->as_table()};
  }
  const toml::array* array = node->as_array();
  if (array == nullptr) throw UserError(where, "must be repeated sections: [[" + format.path + "]], with two brackets");
  std::vector<const toml::table*> result;
  for (const toml::node& element : *array) {
    if (!element.is_table()) throw UserError(location_of(element, path), "must be repeated sections: [[" + format.path + "]]");
    result.push_back(element.as_table());
  }
  return result;
}

}  // namespace syncline::scenarios
