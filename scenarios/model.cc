#include "scenarios/model.h"

#include <algorithm>
#include <set>

#include "scenarios/sections.h"

namespace syncline::scenarios {
namespace {

constexpr double kMostParameters = 1e12;  // a step that moves more takes longer than simulated time can count

models::Layer layer_of(const Section& section) {
  models::Layer layer;
  layer.name = section.text("name");
  layer.kind = models::LayerKind::timed;
  double elements = 0;
  for (const std::vector<std::int64_t>& shape : section.shapes("parameters")) {
    double product = 1;
    for (const std::int64_t extent : shape) product *= static_cast<double>(extent);
    elements += product;
    layer.parameters.push_back({layer.name + "." + std::to_string(layer.parameters.size()), shape});
  }
  if (elements > kMostParameters) throw UserError(section.where("parameters"), "are more than 10^12 numbers");
  return layer;
}

models::LayerProfile profile_of(const toml::table& table, const std::string& path) {
  const Section section(table, section_format("training.profile"), path);
  models::LayerProfile profile;
  profile.model = section.text("model");
  profile.device = section.text("device");
  profile.title = section.has("title") ? section.text("title") : "the profile" + (profile.device.empty() ? "" : " of " + profile.device);
  profile.date = section.text("date");
  profile.source = section.text("source");
  profile.batch = static_cast<int>(section.whole("batch"));
  if (section.has("update")) profile.update = section.time("update");
  profile.where = section.where();
  const SectionFormat& format = section_format("training.profile.layer");
  for (const toml::table* each : tables(table, format, joined(path, "layer"))) {
    const Section layer(*each, format, joined(path, "layer[" + std::to_string(profile.layers.size()) + "]"));
    profile.layers.push_back({layer.text("name"), layer.time("forward"), layer.time("backward"), layer.where()});
  }
  return profile;
}

}  // namespace

models::Dnn read_layers(const toml::table& root, const Section& training, int batch, models::LayerProfile& times) {
  models::Dnn dnn;
  dnn.name = kOwnLayers;
  dnn.title = "the scenario's layers";
  times = {"the scenario's layers", dnn.name, "", "", "", batch, {}, {}, training.where("model")};
  const SectionFormat& format = section_format("training.layer");
  std::set<std::string> names;
  double elements = 0;
  const toml::table* table = root["training"].as_table();
  for (const toml::table* each : table == nullptr ? std::vector<const toml::table*>() : tables(*table, format, format.path)) {
    const Section section(*each, format, format.path + "[" + std::to_string(dnn.layers.size()) + "]");
    dnn.layers.push_back(layer_of(section));
    elements += static_cast<double>(dnn.layers.back().parameter_count());
    const std::string& name = dnn.layers.back().name;
    if (!names.insert(name).second) throw UserError(section.where("name"), "a second layer named '" + name + "'");
    times.layers.push_back({name, section.time("forward"), section.time("backward"), section.where()});
  }
  const Location where = training.where("model");
  if (dnn.layers.empty()) throw UserError(where, "has no layers: describe them in [[training.layer]]");
  if (elements == 0) throw UserError(where, "has no parameters: give some layer its `parameters`");
  if (elements > kMostParameters) throw UserError(where, "has more than 10^12 parameters");
  return dnn;
}

models::ComputeSetting read_compute(const DataFolders& folders, const Section& section, const toml::table* table) {
  static const std::vector<std::string> kinds = {"profiles"};
  models::ComputeSetting setting;
  if (section.has("samples_per_second")) setting.samples_per_second = section.number("samples_per_second");
  setting.rate_where = section.where("samples_per_second");
  if (section.has("update")) setting.update = section.time("update");
  const toml::node* inside = table == nullptr ? nullptr : table->get("profile");
  if (inside != nullptr && inside->is_table()) {
    setting.profile = profile_of(*inside->as_table(), joined(section.path(), "profile"));
  } else if (section.has("profile")) {
    const std::string file = located(section.where("profile"), [&] { return folders.find(section.text("profile"), kinds); });
    setting.profile = profile_of(read_toml(file), "");
    setting.profile->where.file = file;
  }
  return setting;
}

models::Dnn make_model(const Scenario& scenario, const std::string& name, const Location& where, const models::Dataset& data) {
  if (name == kOwnLayers) return *scenario.layers;
  const models::ModelRow& row = models::model(name);
  models::InputShape input = row.standard;
  if (scenario.train && row.trains) input = {data.channels, data.height, data.width, data.classes};
  if (scenario.tokens > 0 && row.standard.tokens > 0) input.tokens = scenario.tokens;
  return located(where, [&] { return row.make(input); });
}

}  // namespace syncline::scenarios
