// Reading a TOML file and laying overrides over it.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "scenarios/toml_reader.h"

namespace syncline::scenarios {
namespace {

std::string first_line(std::string_view text) {
  std::string line(text.substr(0, text.find('\n')));
  return line;
}

toml::table parse(const std::string& text, const std::string& file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    throw UserError({file, static_cast<int>(error.source().begin.line), ""}, "not TOML: " + first_line(error.description()));
  }
}

std::vector<std::string> split(const std::string& key) {
  std::vector<std::string> parts;
  std::stringstream stream(key);
  for (std::string part; std::getline(stream, part, '.');) parts.push_back(part);
  return parts;
}

/// The element of a repeated section with this label, name or number.
toml::table* element(toml::array& array, const std::string& wanted, const Location& where) {
  std::vector<std::string> known;
  for (std::size_t index = 0; index < array.size(); ++index) {
    toml::table* table = array[index].as_table();
    if (table == nullptr) continue;
    if (wanted == std::to_string(index)) return table;
    for (const char* key : {"label", "name"}) {
      const auto name = (*table)[key].value<std::string>();
      if (!name) continue;
      if (*name == wanted) return table;
      known.push_back(*name);
    }
  }
  throw UserError(where, "no element '" + wanted + "'" + suggestion(wanted, known));
}

/// The table inside `table` that the first parts of the key lead to; sections that are not there yet are made.
toml::table* descend(toml::table* table, const std::vector<std::string>& parts, const Location& where) {
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    toml::node* node = table->get(parts[i]);
    if (node == nullptr) node = &table->insert(parts[i], toml::table()).first->second;
    if (toml::array* array = node->as_array(); array != nullptr && i + 2 < parts.size()) {
      table = element(*array, parts[++i], where);
    } else if (node->is_table()) {
      table = node->as_table();
    } else {
      throw UserError(where, "'" + parts[i] + "' is not a section");
    }
  }
  return table;
}

void apply(toml::table& root, const Override& change) {
  const Location where{kOverrideFile, 0, change.key};
  const std::vector<std::string> parts = split(change.key);
  if (parts.empty() || std::any_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); })) {
    throw UserError(where, "not a key; it looks like training.batch");
  }
  toml::table* table = descend(&root, parts, where);
  // Text needs no quotes here: what is no TOML value is taken as text.
  toml::table holder;
  try {
    holder = toml::parse("value = " + change.value);
  } catch (const toml::parse_error&) {
    holder.insert_or_assign("value", change.value);
  }
  if (holder.size() != 1) throw UserError(where, "must be one value");
  const toml::node& value = *holder.get("value");
  value.visit([&](const auto& typed) { table->insert_or_assign(parts.back(), typed); });
}

}  // namespace

Override parse_override(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UserError({kOverrideFile, 0, ""}, "'" + text + "' is not KEY=VALUE, such as training.batch=8");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

toml::table read_toml(const std::string& file, const std::vector<Override>& overrides) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) throw UserError({file, 0, ""}, "is a folder, not a file");
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (stream) text << stream.rdbuf();
  if (!stream || stream.bad()) throw UserError({file, 0, ""}, "cannot be read");
  toml::table root = parse(text.str(), file);
  for (const Override& change : overrides) apply(root, change);
  return root;
}

}  // namespace syncline::scenarios
