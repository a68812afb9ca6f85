#include "models/training/parameters.h"

#include <algorithm>
#include <cmath>

#include "sim/error.h"
#include "sim/units_text.h"

namespace syncline::models {
namespace {

std::string complaint_about_number(const ParameterRow& row, double value) {
  // Negated, so that NaN is refused as well.
  if (!(value >= row.least && value <= row.greatest)) {
    return "must be from " + number_text(row.least) + " to " + number_text(row.greatest) + ", not " + number_text(value);
  }
  if (row.whole && value != std::floor(value)) return "must be a whole number, not " + number_text(value);
  return "";
}

std::string text_of(const std::string& name, const ParameterValue& value) {
  std::string text = name + "=";
  if (const double* number = std::get_if<double>(&value)) text += number_text(*number);
  if (const std::string* word = std::get_if<std::string>(&value)) text += *word;
  if (const bool* flag = std::get_if<bool>(&value)) text += *flag ? "true" : "false";
  return text + ",";
}

}  // namespace

Parameters::Parameters(const std::vector<ParameterRow>& rows) {
  for (const ParameterRow& row : rows) values_[row.name] = row.standard;
}

void Parameters::set(const std::string& name, ParameterValue value) {
  SYNCLINE_CHECK(values_.count(name) == 1, "unknown parameter " + name);
  values_[name] = std::move(value);
}

double Parameters::number(const std::string& name) const { return std::get<double>(values_.at(name)); }
int Parameters::whole(const std::string& name) const { return static_cast<int>(number(name)); }
const std::string& Parameters::text(const std::string& name) const { return std::get<std::string>(values_.at(name)); }
bool Parameters::flag(const std::string& name) const { return std::get<bool>(values_.at(name)); }

std::string text_of(const Parameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters.values()) text += text_of(name, value);
  return text;
}

std::string text_of(const Parameters& parameters, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += text_of(name, parameters.values().at(name));
  return text;
}

std::string complaint(const ParameterRow& row, const ParameterValue& value) {
  if (value.index() != row.standard.index()) {
    static const char* const types[] = {"a number", "a text", "true or false"};
    return std::string("must be ") + types[row.standard.index()];
  }
  if (const double* number = std::get_if<double>(&value)) return complaint_about_number(row, *number);
  if (const std::string* text = std::get_if<std::string>(&value)) {
    if (!row.choices.empty() && std::find(row.choices.begin(), row.choices.end(), *text) == row.choices.end()) {
      return "'" + *text + "' is none of its values" + suggestion(*text, row.choices);
    }
  }
  return "";
}

}  // namespace syncline::models
