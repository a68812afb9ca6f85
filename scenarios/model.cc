#include "scenarios/model.h"

#include <algorithm>
#include <set>

#include "scenarios/sections.h"

namespace syncline::scenarios {
namespace {

const std::vector<std::string> kProfiles = {"profiles"};

constexpr double kMostParameters = 1e12;  // a step that moves more takes longer than simulated time can count

models::Layer layer_of(const models::MeasuredLayer& measured) {
  models::Layer layer;
  layer.name = measured.name;
  layer.kind = models::LayerKind::timed;
  double elements = 0;
  for (const std::vector<std::int64_t>& shape : measured.parameters) {
    double product = 1;
    for (const std::int64_t extent : shape) product *= static_cast<double>(extent);
    elements += product;
    layer.parameters.push_back({layer.name + "." + std::to_string(layer.parameters.size()), shape});
  }
  if (elements > kMostParameters) throw UserError(measured.where, "its parameters are more than 10^12 numbers");
  return layer;
}

models::MeasuredLayer measured_layer(const Section& section) {
  return {section.text("name"), section.time("forward"), section.time("backward"), section.where(), section.shapes("parameters")};
}

models::LayerProfile profile_of(const toml::table& table, const std::string& path) {
  const Section section(table, section_format("training.profile"), path);
  models::LayerProfile profile;
  profile.model = section.text("model");
  profile.device = section.text("device");
  profile.title =
      section.has("title") ? section.text("title") : "the profile" + (profile.device.empty() ? "" : " of " + profile.device);
  profile.date = section.text("date");
  profile.precision = section.text("precision");
  profile.source = section.text("source");
  profile.batch = static_cast<int>(section.whole("batch"));
  if (section.has("update")) profile.update = section.time("update");
  profile.where = section.where();
  const SectionFormat& format = section_format("training.profile.layer");
  for (const toml::table* each : tables(table, format, joined(path, "layer"))) {
    const Section layer(*each, format, joined(path, "layer[" + std::to_string(profile.layers.size()) + "]"));
    profile.layers.push_back(measured_layer(layer));
  }
  return profile;
}

models::LayerProfile profile_in(const std::string& file) {
  models::LayerProfile profile = profile_of(read_toml(file), "");
  profile.where.file = file;
  return profile;
}

}  // namespace

std::optional<models::LayerProfile> read_layers(const toml::table& training, int batch) {
  const SectionFormat& format = section_format("training.layer");
  models::LayerProfile given;
  given.title = "the scenario's layers";
  given.model = kOwnLayers;
  given.batch = batch;
  for (const toml::table* each : tables(training, format, format.path)) {
    given.layers.push_back(measured_layer(Section(*each, format, format.path + "[" + std::to_string(given.layers.size()) + "]")));
  }
  if (given.layers.empty()) return std::nullopt;
  return given;
}

models::Dnn network_of(const models::LayerProfile& profile, const Location& where) {
  models::Dnn dnn;
  dnn.name = kOwnLayers;
  dnn.title = profile.title;
  std::set<std::string> names;
  double elements = 0;
  for (const models::MeasuredLayer& layer : profile.layers) {
    if (!names.insert(layer.name).second) throw UserError(layer.where, "a second layer named '" + layer.name + "'");
    dnn.layers.push_back(layer_of(layer));
    elements += static_cast<double>(dnn.layers.back().parameter_count());
  }
  if (dnn.layers.empty()) throw UserError(where, "has no layers: describe them in [[training.layer]]");
  if (elements == 0) throw UserError(where, "has no parameters: give some layer its `parameters`");
  if (elements > kMostParameters) throw UserError(where, "has more than 10^12 parameters");
  return dnn;
}

models::LayerProfile load_profile(const DataFolders& folders, const std::string& name) {
  return profile_in(folders.find(name, kProfiles));
}

bool is_layer_profile(const DataFolders& folders, const std::string& name) {
  static const std::vector<std::string> kinds = {"gpus", "profiles"};
  return read_toml(folders.find(name, kinds)).contains("layer");
}

models::ComputeSetting read_compute(const DataFolders& folders, const Section& section, const toml::table* table) {
  models::ComputeSetting setting;
  if (section.has("samples_per_second")) setting.samples_per_second = section.number("samples_per_second");
  setting.rate_where = section.where("samples_per_second");
  setting.rate_has_update = section.flag("rate_has_update");
  if (section.written_here("rate_has_update") && !setting.samples_per_second) {
    throw UserError(section.where("rate_has_update"), "has no effect without samples_per_second");
  }
  if (section.has("update")) setting.update = section.time("update");
  const toml::node* inside = table == nullptr ? nullptr : table->get("profile");
  if (inside != nullptr && inside->is_table()) {
    setting.profile = profile_of(*inside->as_table(), joined(section.path(), "profile"));
  } else if (section.has("profile")) {
    setting.profile =
        profile_in(located(section.where("profile"), [&] { return folders.find(section.text("profile"), kProfiles); }));
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
