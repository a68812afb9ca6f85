#include "scenarios/scenario.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "models/dnn/dnn.h"
#include "scenarios/model.h"
#include "scenarios/sections.h"
#include "sim/units_text.h"

namespace syncline::scenarios {
namespace {

/// A section that may be left out: then its keys have their standard values.
Section single(const toml::table& root, const std::string& path) {
  const SectionFormat& format = section_format(path);
  const std::vector<const toml::table*> found = tables(root, format, path);
  if (!found.empty()) return Section(*found.front(), format, path);
  return Section(toml::table(), format, path);
}

models::LearningRateKind kind_of(const std::string& schedule) {
  if (schedule == "step") return models::LearningRateKind::step;
  if (schedule == "warmup-cosine") return models::LearningRateKind::warmup_cosine;
  return models::LearningRateKind::constant;
}

void read_model(Scenario& scenario, const Section& training) {
  scenario.train = training.flag("train");
  scenario.model = training.text("model");
  scenario.model_where = training.where("model");
  const bool own = scenario.model == kOwnLayers;
  if (scenario.train && (own || !models::model(scenario.model).trains)) {
    throw UserError(scenario.model_where, scenario.model + " can be timed only: say train = false");
  }
  if (!training.has("tokens")) return;
  if (own || models::model(scenario.model).standard.tokens == 0)
    throw UserError(training.where("tokens"), "has no effect: " + scenario.model + " reads no text");
  scenario.tokens = static_cast<int>(training.whole("tokens"));
  scenario.model_where = training.where("tokens");
}

void read_training(Scenario& scenario, const Section& training) {
  read_model(scenario, training);
  scenario.workers = static_cast<int>(training.whole("workers"));
  scenario.batch = static_cast<int>(training.whole("batch"));
  scenario.batch_where = training.written("batch") ? training.where("batch") : training.where("workers");
  scenario.epochs = training.number("epochs");
  scenario.target_accuracy = training.number("target_accuracy");
  scenario.evaluate_every = training.whole("evaluate_every");
  LearningRateSetting& rate = scenario.learning_rate;
  rate.kind = kind_of(training.text("schedule"));
  rate.base = training.number("learning_rate");
  rate.warmup_epochs = training.number("warmup_epochs");
  rate.min_factor = training.number("min_factor");
  rate.step_epochs = training.number("step_epochs");
  rate.step_factor = training.number("step_factor");
  if (rate.kind == models::LearningRateKind::warmup_cosine && rate.warmup_epochs >= scenario.epochs) {
    throw UserError(training.where("warmup_epochs"),
                    "must be shorter than the training, which takes " + number_text(scenario.epochs));
  }
  scenario.momentum = training.number("momentum");
  scenario.weight_decay = training.number("weight_decay");
  scenario.seed = static_cast<std::uint64_t>(training.whole("seed"));
}

/// What is known of the network's times; and its own layers: those of the scenario, else those of its profile.
void read_times(Scenario& scenario, const DataFolders& folders, const toml::table& root, const Section& training) {
  const toml::table* table = root["training"].as_table();
  scenario.compute = read_compute(folders, training, table);
  if (table == nullptr) return;
  if (scenario.model != kOwnLayers) {
    if (const toml::node* layers = table->get("layer")) {
      throw UserError(location_of(*layers, "training.layer"), "has no effect: it is read only with model = \"layers\"");
    }
    return;
  }
  std::optional<models::LayerProfile> given = read_layers(*table, scenario.batch);
  const models::LayerProfile described = given ? *given : scenario.compute.profile.value_or(models::LayerProfile());
  scenario.layers = network_of(described, scenario.model_where);
  if (!scenario.compute.profile) scenario.compute.profile = std::move(given);
}

DatasetSetting read_dataset(const Section& section, const std::filesystem::path& folder) {
  DatasetSetting dataset;
  dataset.name = section.text("name");
  dataset.where = section.written("folder") ? section.where("folder") : section.where("name");
  dataset.size_where = section.written("train") ? section.where("train") : section.where("name");
  if (!section.text("folder").empty()) dataset.folder = (folder / section.text("folder")).string();
  dataset.sharding = section.text("shards") == "dirichlet" ? Sharding::dirichlet : Sharding::iid;
  dataset.alpha = section.number("alpha");
  models::SyntheticSpec& synthetic = dataset.synthetic;
  synthetic.channels = static_cast<int>(section.whole("channels"));
  synthetic.height = static_cast<int>(section.whole("height"));
  synthetic.width = static_cast<int>(section.whole("width"));
  synthetic.classes = static_cast<int>(section.whole("classes"));
  synthetic.train = section.whole("train");
  synthetic.test = section.whole("test");
  synthetic.separation = section.number("separation");
  synthetic.label_noise = section.number("label_noise");
  return dataset;
}

/// What is written for a training that does not take place.
void check_unused(const Scenario& scenario, const toml::table& root) {
  if (scenario.train) return;
  if (const toml::node* dataset = root.get("dataset")) {
    throw UserError(location_of(*dataset, "dataset"), "has no effect: it is not read with training.train = false");
  }
  for (const models::MethodSetting& method : scenario.methods) {
    if (method.learning_rate || method.momentum || method.weight_decay) {
      throw UserError(method.where, "learning_rate, momentum and weight_decay have no effect with training.train = false");
    }
  }
}

}  // namespace

models::LearningRate LearningRateSetting::in_steps(double steps_per_epoch, std::int64_t total_steps) const {
  const auto steps = [&](double epochs) { return static_cast<std::int64_t>(std::llround(epochs * steps_per_epoch)); };
  models::LearningRate rate;
  rate.kind = kind;
  rate.base = base;
  rate.total_steps = std::max<std::int64_t>(total_steps, 1);
  rate.warmup_steps = std::min(steps(warmup_epochs), rate.total_steps - 1);
  rate.min_factor = min_factor;
  rate.step_every = std::max<std::int64_t>(steps(step_epochs), 1);
  rate.step_factor = step_factor;
  return rate;
}

DataFolders folders_beside(const std::string& file) {
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  return DataFolders(folder.empty() ? "." : folder);
}

Scenario load_scenario(const std::string& file, const std::vector<Override>& overrides) {
  const toml::table root = read_toml(file, overrides);
  for (const char* measured : {"collective", "iteration"}) {
    if (const toml::node* node = root.get(measured)) {
      throw UserError(location_of(*node, measured), "has no effect here: `syncline compare` is for what was measured");
    }
  }
  return scenario_of(root, file);
}

Scenario settings_of(const DataFolders& folders, const toml::table& root, const std::string& file) {
  Scenario scenario;
  scenario.file = file;
  const Section top(root, section_format(""), "");
  scenario.title = top.text("title").empty() ? file_stem(file) : top.text("title");
  const Section training = single(root, "training");
  read_training(scenario, training);
  read_times(scenario, folders, root, training);
  scenario.dataset = read_dataset(single(root, "dataset"), std::filesystem::path(file).parent_path());
  scenario.shards_where = training.written("workers") ? training.where("workers") : scenario.dataset.size_where;
  scenario.gpu = read_gpu(folders, root, top);
  scenario.methods = read_methods(root);
  check_unused(scenario, root);
  if (scenario.methods.empty()) throw UserError({file, 0, "method"}, "no method to compare: name one in a [[method]]");
  return scenario;
}

Scenario scenario_of(const toml::table& root, const std::string& file) {
  const DataFolders folders = folders_beside(file);
  Scenario scenario = settings_of(folders, root, file);
  scenario.networks = read_networks(folders, root, Section(root, section_format(""), ""), scenario.workers);
  scenario.data_files.assign(folders.found().begin(), folders.found().end());
  scenario.jobs = read_jobs(folders, root, scenario);
  return scenario;
}

}  // namespace syncline::scenarios
