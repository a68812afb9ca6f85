#include <filesystem>

#include "scenarios/sections.h"

namespace syncline::scenarios {
namespace {

const std::vector<std::string> kKinds = {"gpus"};

models::DeviceProfile profile_of(const Section& section, const Section* base, const std::string& name) {
  models::DeviceProfile gpu;
  gpu.name = section.has("name") ? section.text("name") : name;
  gpu.title = title_of(section, base, name);
  gpu.source = section.text("source");
  gpu.flops_per_second = section.compute_rate("flops");
  gpu.memory = section.bandwidth("memory");
  gpu.compute_efficiency = section.number("compute_efficiency");
  gpu.memory_efficiency = section.number("memory_efficiency");
  gpu.launch = section.time("launch");
  return gpu;
}

}  // namespace

std::string file_stem(const std::string& file) { return std::filesystem::path(file).stem().string(); }

std::string title_of(const Section& section, const Section* base, const std::string& name) {
  if (base == nullptr || section.written_here("title")) {
    return section.has("title") ? section.text("title") : section.has("name") ? section.text("name") : name;
  }
  return title_of(*base, nullptr, name) + ", changed";
}

models::DeviceProfile load_gpu(const DataFolders& folders, const std::string& name) {
  const std::string file = folders.find(name, kKinds);
  return profile_of(Section(read_toml(file), section_format("gpu"), ""), nullptr, file_stem(file));
}

models::DeviceProfile read_gpu(const DataFolders& folders, const toml::table& root, const Section& top) {
  const toml::node* node = root.get("gpu");
  if (node == nullptr || !node->is_table()) {
    return located(top.where("gpu"), [&] { return load_gpu(folders, top.text("gpu")); });
  }
  const toml::table& table = *node->as_table();
  const SectionFormat& format = section_format("gpu");
  const auto base_name = table["base"].value<std::string>();
  if (!base_name) return profile_of(Section(table, format, "gpu"), nullptr, "gpu");
  const Location where = location_of(*table.get("base"), "gpu.base");
  const std::string file = located(where, [&] { return folders.find(*base_name, kKinds); });
  const Section base(read_toml(file), format, "");
  return profile_of(Section(table, format, "gpu", {}, &base), &base, file_stem(file));
}

}  // namespace syncline::scenarios
