#include "tools/profiling/scaled_profile.h"

#include <map>

#include "models/dnn/dnn.h"
#include "sim/error.h"

namespace syncline::tools {
namespace {

std::string title_of(const std::string& measured, const models::DeviceProfile& to) {
  return to.title + ", scaled by the roofline from: " + measured;
}

std::string source_of(const std::string& measured, const models::DeviceProfile& of, const models::DeviceProfile& to) {
  return "not measured: scaled from " + of.name + " to " + to.name + " by the roofline" +
         (measured.empty() ? "" : "; there " + measured);
}

/// What `to` takes for it, in parts of what `of` takes.
double ratio(const models::DeviceProfile& of, const models::DeviceProfile& to, const kernels::KernelCost& work) {
  const double before = duration(of, work).seconds();
  return before > 0 ? duration(to, work).seconds() / before : 1;
}

void check_precision(const std::string& precision, const Location& where) {
  if (precision == "fp32") return;
  throw UserError(where, "was measured in " + precision + ", and what GPUs reach in that is not known here: only in fp32");
}

}  // namespace

models::DeviceProfile scaled(const models::DeviceProfile& measured, const models::DeviceProfile& of,
                             const models::DeviceProfile& to) {
  check_precision(measured.precision, {"", 0, measured.name});
  models::DeviceProfile result = measured;
  result.title = title_of(measured.title, to);
  result.source = source_of(measured.source, of, to);
  result.flops_per_second *= to.flops_per_second / of.flops_per_second;
  result.memory = Bandwidth::bytes_per_second(measured.memory.in_bytes_per_second() * to.memory.in_bytes_per_second() /
                                              of.memory.in_bytes_per_second());
  result.launch = Time::from_seconds(measured.launch.seconds() * ratio(of, to, {0, 0, 1}));
  return result;
}

models::LayerProfile scaled(const models::LayerProfile& measured, const models::DeviceProfile& of,
                            const models::DeviceProfile& to) {
  if (measured.model == "layers") throw UserError(measured.where, "is of a network that is known by its layers' times alone");
  check_precision(measured.precision, measured.where);
  const models::ModelRow& row = models::model(measured.model);
  const models::Dnn dnn = row.make(row.standard);
  std::map<std::string, const models::Layer*> layers;
  for (const models::Layer& layer : dnn.layers) layers[layer.name] = &layer;

  models::LayerProfile result = measured;
  result.title = title_of(measured.title, to);
  result.device = to.title + ", scaled";
  result.source = source_of(measured.source, of, to);
  for (models::MeasuredLayer& layer : result.layers) {
    const auto known = layers.find(layer.name);
    if (known == layers.end()) throw UserError(layer.where, measured.model + " has no layer '" + layer.name + "'");
    const auto take = [&](Time& time, const kernels::KernelCost& work) {
      time = Time::from_seconds(time.seconds() * ratio(of, to, work));
    };
    take(layer.forward, models::forward_work(*known->second, measured.batch));
    take(layer.backward, models::backward_work(*known->second, measured.batch));
  }
  if (result.update) {
    const double bytes = static_cast<double>(dnn.parameter_count()) * sizeof(float);
    result.update = Time::from_seconds(result.update->seconds() * ratio(of, to, {0, bytes, 1}));
  }
  return result;
}

}  // namespace syncline::tools
