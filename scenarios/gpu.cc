#include <filesystem>
#include <set>

#include "scenarios/sections.h"

namespace syncline::scenarios {
namespace {

const std::vector<std::string> kKinds = {"gpus"};

/// Those of [[kernel]] in the table take the place of those known by the same name.
void read_kernels(models::DeviceProfile& gpu, const toml::table& table, const std::string& path) {
  const SectionFormat& format = section_format("gpu.kernel");
  const std::string inner = joined(path, format.name());
  std::set<std::string> seen;
  for (const toml::table* each : tables(table, format, inner)) {
    const Section kernel(*each, format, inner + "[" + std::to_string(seen.size()) + "]");
    const std::string& name = kernel.text("name");
    if (!seen.insert(name).second) throw UserError(kernel.where("name"), "a second kernel named '" + name + "'");
    gpu.kernel_efficiency[name] = kernel.number("memory_efficiency");
  }
}

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
  gpu.precision = section.text("precision");
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
  const toml::table table = read_toml(file);
  models::DeviceProfile gpu = profile_of(Section(table, section_format("gpu"), ""), nullptr, file_stem(file));
  read_kernels(gpu, table, "");
  return gpu;
}

models::DeviceProfile read_gpu(const DataFolders& folders, const toml::table& root, const Section& top) {
  const toml::node* node = root.get("gpu");
  if (node == nullptr || !node->is_table()) {
    return located(top.where("gpu"), [&] { return load_gpu(folders, top.text("gpu")); });
  }
  const toml::table& table = *node->as_table();
  const SectionFormat& format = section_format("gpu");
  const auto base_name = table["base"].value<std::string>();
  models::DeviceProfile gpu;
  if (!base_name) {
    gpu = profile_of(Section(table, format, "gpu"), nullptr, "gpu");
    read_kernels(gpu, table, "gpu");
    return gpu;
  }
  const Location where = location_of(*table.get("base"), "gpu.base");
  const std::string file = located(where, [&] { return folders.find(*base_name, kKinds); });
  const toml::table base_table = read_toml(file);
  const Section base(base_table, format, "");
  gpu = profile_of(Section(table, format, "gpu", {}, &base), &base, file_stem(file));
  read_kernels(gpu, base_table, "");
  read_kernels(gpu, table, "gpu");
  return gpu;
}

}  // namespace syncline::scenarios
