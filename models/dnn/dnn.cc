#include "models/dnn/dnn.h"

#include <array>
#include <numeric>

#include "models/dnn/rows.h"
#include "sim/error.h"

namespace syncline::models {

std::int64_t Parameter::elements() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::int64_t Layer::parameter_count() const {
  std::int64_t count = 0;
  for (const Parameter& parameter : parameters) count += parameter.elements();
  return count;
}

std::vector<Parameter> Dnn::parameters() const {
  std::vector<Parameter> all;
  for (const Layer& layer : layers) all.insert(all.end(), layer.parameters.begin(), layer.parameters.end());
  return all;
}

std::int64_t Dnn::parameter_count() const {
  std::int64_t count = 0;
  for (const Layer& layer : layers) count += layer.parameter_count();
  return count;
}

std::span<const ModelRow> models() {
  static const std::array rows{mlp_row(), lenet_row(), resnet8_row()};
  return rows;
}

const ModelRow& model(std::string_view name) {
  std::vector<std::string> known;
  for (const ModelRow& row : models()) {
    if (row.name == name) return row;
    known.emplace_back(row.name);
  }
  throw UserError("unknown model '" + std::string(name) + "'" + suggestion(name, known));
}

}  // namespace syncline::models
