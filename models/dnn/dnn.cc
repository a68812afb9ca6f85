#include "models/dnn/dnn.h"

#include <algorithm>
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

double Layer::forward_weight_bytes() const {
  const std::int64_t own = looks_up ? 0 : parameter_count();
  return 4.0 * static_cast<double>(own + tied_elements);
}

double Layer::backward_weight_bytes() const {
  return forward_weight_bytes() + 4.0 * static_cast<double>(parameter_count() + tied_elements);
}

std::vector<Parameter> Dnn::parameters() const {
  std::vector<Parameter> all;
  const auto add = [&](const Layer& layer) { all.insert(all.end(), layer.parameters.begin(), layer.parameters.end()); };
  for (const int layer : registration) add(layers[static_cast<std::size_t>(layer)]);
  if (registration.empty()) std::ranges::for_each(layers, add);
  return all;
}

std::int64_t Dnn::parameter_count() const {
  std::int64_t count = 0;
  for (const Layer& layer : layers) count += layer.parameter_count();
  return count;
}

std::span<const ModelRow> models() {
  static const std::vector<ModelRow> rows = [] {
    std::vector<ModelRow> all = {mlp_row(), lenet_row(), resnet8_row()};
    for (const auto& family :
         {resnet_rows, vgg_rows, inception_v4_rows, densenet_rows, vit_rows, bert_rows, gpt2_rows, llama_rows}) {
      std::ranges::copy(family(), std::back_inserter(all));
    }
    return all;
  }();
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
