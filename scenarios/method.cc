#include <fmt/format.h>

#include <set>

#include "scenarios/sections.h"

namespace syncline::scenarios {
namespace {

/// "top-k density 0.01": the method and what the scenario sets of it, so that most scenarios need no labels.
std::string label_of(const Section& section, const models::MethodRow& row) {
  if (section.has("label")) return section.text("label");
  std::string label = row.name;
  for (const models::ParameterRow& parameter : row.parameters) {
    if (!section.written(parameter.name)) continue;
    const models::ParameterValue value = section.parameter(parameter.name);
    // A chosen word says enough by itself.
    label += parameter.choices.empty() ? fmt::format(" {} {}", parameter.name, value_text(value)) : " " + value_text(value);
  }
  return label;
}

models::MethodSetting read_method(const toml::table& table, const std::string& path) {
  const SectionFormat& format = section_format("method");
  const toml::node* name = table.get("name");
  if (name == nullptr) throw UserError({location_of(table, path + ".name")}, "missing; it says which method");
  const auto text = name->value_exact<std::string>();
  if (!text) throw UserError(location_of(*name, path + ".name"), "must be a text");
  const models::MethodRow& row = *located(location_of(*name, path + ".name"), [&] { return &models::method_row(*text); });

  const Section section(table, format, path, method_keys(row));
  models::MethodSetting setting;
  setting.label = label_of(section, row);
  setting.row = &row;
  setting.parameters = models::Parameters(row.parameters);
  for (const models::ParameterRow& parameter : row.parameters) {
    setting.parameters.set(parameter.name, section.parameter(parameter.name));
  }
  if (section.has("learning_rate")) setting.learning_rate = section.number("learning_rate");
  if (section.has("momentum")) setting.momentum = section.number("momentum");
  if (section.has("weight_decay")) setting.weight_decay = section.number("weight_decay");
  setting.where = section.where();
  return setting;
}

}  // namespace

std::vector<models::MethodSetting> read_methods(const toml::table& root) {
  std::vector<models::MethodSetting> methods;
  std::set<std::string> taken;
  for (const toml::table* table : tables(root, section_format("method"), "method")) {
    models::MethodSetting setting = read_method(*table, "method[" + std::to_string(methods.size()) + "]");
    if (!taken.insert(setting.label).second) {
      throw UserError(setting.where, "a second method labelled '" + setting.label + "'; give it a label of its own");
    }
    methods.push_back(std::move(setting));
  }
  return methods;
}

}  // namespace syncline::scenarios
