#include "models/compute_times.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "kernels/sgd/sgd.h"
#include "sim/units_text.h"

namespace syncline::models {
namespace {

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

/// Backward stops at the first layer that has parameters: nobody asks for a gradient before it.
std::size_t last_backward(const Dnn& dnn) {
  const auto first = std::ranges::find_if(dnn.layers, [](const Layer& layer) { return !layer.parameters.empty(); });
  return static_cast<std::size_t>(first - dnn.layers.begin());
}

ComputeTimes by_roofline(const Dnn& dnn, const DeviceProfile& device, int batch) {
  ComputeTimes times;
  times.batch = batch;
  for (const Layer& layer : dnn.layers) {
    times.forward.push_back(duration(device, forward_work(layer, batch)).seconds());
    times.backward.push_back(duration(device, backward_work(layer, batch)).seconds());
  }
  std::fill_n(times.backward.begin(), last_backward(dnn), 0.0);
  times.update = duration(device, kernels::sgd_update_cost(dnn.parameter_count())).seconds();
  return times;
}

/// [layer of the network] its row of the profile.
std::vector<const MeasuredLayer*> rows_of(const Dnn& dnn, const LayerProfile& profile) {
  std::map<std::string, std::size_t> places;
  std::vector<std::string> known;
  for (std::size_t i = 0; i < dnn.layers.size(); ++i) {
    known.push_back(dnn.layers[i].name);
    SYNCLINE_CHECK(places.emplace(known.back(), i).second, "two layers of one name: " + known.back());
  }
  std::vector<const MeasuredLayer*> rows(known.size(), nullptr);
  for (const MeasuredLayer& layer : profile.layers) {
    const auto place = places.find(layer.name);
    if (place == places.end()) {
      throw UserError(layer.where, dnn.name + " has no layer '" + layer.name + "'" + suggestion(layer.name, known));
    }
    if (rows[place->second] != nullptr) throw UserError(layer.where, "the layer '" + layer.name + "' is there twice");
    rows[place->second] = &layer;
  }
  std::string missing;
  std::size_t count = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] == nullptr && ++count == 1) missing = known[i];
  }
  if (count == 0) return rows;
  const std::string more = count > 1 ? " and " + std::to_string(count - 1) + " more" : "";
  throw UserError(profile.where, "the profile lacks the layer '" + missing + "'" + more + " of " + dnn.name);
}

/// A sample takes as long in a batch of any size: all that one measurement says.
void take_profile(ComputeTimes& times, const Dnn& dnn, const LayerProfile& profile) {
  if (profile.model != dnn.name) {
    throw UserError(profile.where, "the profile is of '" + profile.model + "', not of '" + dnn.name + "'");
  }
  const double factor = static_cast<double>(times.batch) / profile.batch;
  const std::vector<const MeasuredLayer*> rows = rows_of(dnn, profile);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    times.forward[i] = rows[i]->forward.seconds() * factor;
    times.backward[i] = rows[i]->backward.seconds() * factor;
    if (i < last_backward(dnn) && rows[i]->backward > Time::zero()) {
      throw UserError(rows[i]->where, "backward must be 0 s: it stops at the first layer that has parameters, which comes later");
    }
  }
  if (profile.update) times.update = profile.update->seconds();
}

/// All in proportion; an update that is given, or not in the rate, stays as it is.
void take_rate(ComputeTimes& times, const ComputeSetting& setting) {
  const bool apart = !setting.rate_has_update;
  const double wanted = times.batch / *setting.samples_per_second + (apart ? times.update : 0);
  const double fixed = setting.update || apart ? times.update : 0, shared = times.total() - fixed;
  if (fixed >= wanted) {
    throw UserError(setting.rate_where, "at " + number_text(*setting.samples_per_second) + " samples/s a step takes " +
                                            to_text(Time::from_seconds(wanted)) + ", and the update alone " +
                                            to_text(Time::from_seconds(fixed)));
  }
  if (!(shared > 0)) throw UserError(setting.rate_where, "no layer takes any time, so there is nothing to share it out by");
  const double factor = (wanted - fixed) / shared;
  for (double& seconds : times.forward) seconds *= factor;
  for (double& seconds : times.backward) seconds *= factor;
  if (fixed == 0) times.update *= factor;
}

Time scaled(double seconds, double samples, double speed) { return Time::from_seconds(seconds * samples / speed); }

}  // namespace

double ComputeTimes::total() const { return sum(forward) + sum(backward) + update; }

Time ComputeTimes::forward_time(std::size_t layer, int samples, double speed) const {
  return scaled(forward[layer], static_cast<double>(samples) / batch, speed);
}

Time ComputeTimes::backward_time(std::size_t layer, int samples, double speed) const {
  return scaled(backward[layer], static_cast<double>(samples) / batch, speed);
}

Time ComputeTimes::update_time(double speed) const { return scaled(update, 1, speed); }

kernels::KernelCost forward_work(const Layer& layer, int batch) {
  return {layer.forward_flops * batch, layer.forward_bytes * batch + layer.forward_weight_bytes(), layer.forward_launches};
}

kernels::KernelCost backward_work(const Layer& layer, int batch) {
  return {layer.backward_flops * batch, layer.backward_bytes * batch + layer.backward_weight_bytes(), layer.backward_launches};
}

ComputeTimes compute_times(const Dnn& dnn, const DeviceProfile& device, int batch, const ComputeSetting& setting) {
  ComputeTimes times = by_roofline(dnn, device, batch);
  if (setting.profile) take_profile(times, dnn, *setting.profile);
  if (setting.update) times.update = setting.update->seconds();
  if (setting.samples_per_second) take_rate(times, setting);
  return times;
}

std::string source_text(const ComputeSetting& setting, const DeviceProfile& device) {
  const std::string layers = setting.profile ? setting.profile->title : "the roofline of " + device.title;
  const std::string where = setting.samples_per_second && !setting.rate_has_update ? "; the update on top" : "";
  const std::string update = where + (setting.update ? "; update " + to_text(*setting.update) + ", as given" : "");
  if (!setting.samples_per_second) return layers + update;
  return "a measured rate of " + number_text(*setting.samples_per_second) + " samples/s, shared out by " + layers + update;
}

std::string source_name(const ComputeSetting& setting) {
  if (setting.samples_per_second) return "rate";
  return setting.profile ? "profile" : "roofline";
}

WorkerTimes::Passes WorkerTimes::reckoned(int batch) const {
  Passes passes{batch, {}, {}};
  for (std::size_t i = 0; i < dnn_.layers.size(); ++i) {
    const Layer& layer = dnn_.layers[i];
    const bool known = times_ != nullptr;
    passes.forward.push_back(known ? times_->forward_time(i, batch, speed_) : kernel(forward_work(layer, batch)));
    passes.backward.push_back(known ? times_->backward_time(i, batch, speed_) : kernel(backward_work(layer, batch)));
  }
  return passes;
}

Time WorkerTimes::update() const {
  return times_ != nullptr ? times_->update_time(speed_) : kernel(kernels::sgd_update_cost(dnn_.parameter_count()));
}

Time WorkerTimes::update(int index) const {
  std::int64_t elements = 0;
  for (const Parameter& parameter : dnn_.layers[static_cast<std::size_t>(index)].parameters) elements += parameter.elements();
  if (elements == 0) return Time::zero();
  if (times_ == nullptr) return kernel(kernels::sgd_update_cost(elements));
  return Time::from_seconds(update().seconds() * static_cast<double>(elements) / static_cast<double>(dnn_.parameter_count()));
}

}  // namespace syncline::models
