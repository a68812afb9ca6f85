#include "scenarios/memory.h"

#include <fmt/format.h>
#include <unistd.h>

#include "sim/error.h"

namespace syncline::scenarios {
namespace {

/// All there is; to swap is of no use to a training. 0 where the system does not tell.
double machine_bytes() {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? static_cast<double>(pages) * static_cast<double>(page) : 0;
}

void check_fits(double bytes, const Location& where, const std::string& what) {
  const double there = machine_bytes();
  if (there == 0 || bytes <= there) return;
  throw UserError(where,
                  fmt::format("{} need {:.1f} GB of memory at least; this machine has {:.1f}", what, bytes / 1e9, there / 1e9));
}

}  // namespace

void check_data_fits(const Scenario& scenario) {
  if (scenario.dataset.name != "synthetic") return;
  const models::SyntheticSpec& spec = scenario.dataset.synthetic;
  const double samples = static_cast<double>(spec.train) + static_cast<double>(spec.test);
  const double features = static_cast<double>(spec.channels) * spec.height * spec.width;
  check_fits(samples * features * sizeof(float), scenario.dataset.size_where,
             fmt::format("{:.0f} samples of {:.0f} numbers", samples, features));
}

void check_training_fits(const Scenario& scenario, const models::Dnn& dnn, std::int64_t largest_batch) {
  double per_sample = static_cast<double>(dnn.features());
  for (const models::Layer& layer : dnn.layers) {
    // A ReLU may work in place.
    if (layer.kind != models::LayerKind::relu) per_sample += static_cast<double>(layer.out_features);
  }
  const double samples = static_cast<double>(scenario.workers) * static_cast<double>(largest_batch);
  const double gradients = static_cast<double>(scenario.workers) * static_cast<double>(dnn.parameter_count());
  check_fits((samples * per_sample + gradients) * sizeof(float), scenario.batch_where,
             fmt::format("{} workers with {} samples each in a step", scenario.workers, largest_batch));
}

}  // namespace syncline::scenarios
