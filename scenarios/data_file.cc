#include "scenarios/data_file.h"

#include "scenarios/sections.h"
#include "sim/units_text.h"

namespace syncline::scenarios {
namespace {

std::string value_text(const toml::node& node) {
  if (const toml::array* array = node.as_array()) {
    std::string list;
    for (const toml::node& element : *array) list += (list.empty() ? "" : ", ") + value_text(element);
    return list;
  }
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
  return number_text(*node.value<double>());
}

/// The keys of a section and of those inside it, as they are written.
void collect(const toml::table& table, const SectionFormat& format, const std::string& path, DataFile& file) {
  const Section checked(table, format, path);
  for (const KeyRow& key : format.keys) {
    const std::string& name = key.row.name;
    if ((path.empty() && name == "title") || !checked.written(name)) continue;
    file.values.emplace_back(joined(path, name), value_text(*table.get(name)));
  }
  for (const SectionFormat& inner : scenario_format()) {
    if (inner.parent() != format.path || inner.path.empty()) continue;
    const std::string inner_path = joined(path, inner.name());
    const std::vector<const toml::table*> found = tables(table, inner, inner_path);
    for (std::size_t i = 0; i < found.size(); ++i) {
      collect(*found[i], inner, inner.repeated ? inner_path + "[" + std::to_string(i) + "]" : inner_path, file);
    }
  }
}

std::vector<DataFile> files(const DataFolders& folders, const std::vector<std::string>& kinds, const std::string& format) {
  std::vector<DataFile> result;
  for (const std::string& name : folders.names(kinds)) {
    const toml::table table = read_toml(folders.find(name, kinds));
    DataFile file{name, table["title"].value_or(table["name"].value_or(name)), {}};
    collect(table, section_format(format), "", file);
    result.push_back(std::move(file));
  }
  return result;
}

}  // namespace

std::vector<DataFile> network_files(const DataFolders& folders) { return files(folders, {"networks", "clusters"}, "network"); }
std::vector<DataFile> gpu_files(const DataFolders& folders) { return files(folders, {"gpus"}, "gpu"); }
std::vector<DataFile> stack_files(const DataFolders& folders) { return files(folders, {"stacks"}, "network.stack"); }

}  // namespace syncline::scenarios
