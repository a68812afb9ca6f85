#include "models/data/synthetic.h"

#include <cmath>
#include <string>

#include "sim/error.h"
#include "sim/random.h"

namespace syncline::models {
namespace {

void check(const SyntheticSpec& spec) {
  if (spec.channels < 1 || spec.height < 1 || spec.width < 1) {
    throw UserError("synthetic data: channels, height and width must be 1 at least");
  }
  if (spec.train < 1 || spec.test < 1) throw UserError("synthetic data: train and test need one sample at least");
  if (spec.classes < 2 || spec.classes > 256) {
    throw UserError("synthetic data: " + std::to_string(spec.classes) + " classes; must be from 2 to 256");
  }
  if (!(spec.label_noise >= 0 && spec.label_noise <= 1)) throw UserError("synthetic data: label noise must be from 0 to 1");
  if (!(spec.separation >= 0 && std::isfinite(spec.separation))) {
    throw UserError("synthetic data: the separation must be a finite number, 0 or above");
  }
}

using Means = std::vector<std::vector<float>>;  // [class][feature]

Means draw_means(const SyntheticSpec& spec, std::size_t features, std::uint64_t seed) {
  sim::RandomStream random(seed, "synthetic means");
  const double scale = spec.separation / std::sqrt(static_cast<double>(features));
  Means means(static_cast<std::size_t>(spec.classes));
  for (std::vector<float>& mean : means) {
    for (std::size_t i = 0; i < features; ++i) mean.push_back(static_cast<float>(scale * random.normal()));
  }
  return means;
}

Split draw_split(const Means& means, std::int64_t count, double label_noise, sim::RandomStream& random) {
  Split split;
  split.count = count;
  split.images.reserve(static_cast<std::size_t>(count) * means.front().size());
  for (std::int64_t sample = 0; sample < count; ++sample) {
    const std::size_t label = static_cast<std::size_t>(sample) % means.size();
    for (const float mean : means[label]) split.images.push_back(mean + static_cast<float>(random.normal()));
    const bool replaced = random.uniform() < label_noise;
    split.labels.push_back(static_cast<std::uint8_t>(replaced ? random.below(means.size()) : label));
  }
  return split;
}

}  // namespace

Dataset make_synthetic(const SyntheticSpec& spec, std::uint64_t seed) {
  check(spec);
  const std::size_t pixels = static_cast<std::size_t>(spec.height) * static_cast<std::size_t>(spec.width);
  const Means means = draw_means(spec, static_cast<std::size_t>(spec.channels) * pixels, seed);
  sim::RandomStream train(seed, "synthetic samples", 0);
  sim::RandomStream test(seed, "synthetic samples", 1);
  Dataset data{"synthetic", spec.channels, spec.height, spec.width, spec.classes, {}, {}};
  data.train = draw_split(means, spec.train, spec.label_noise, train);
  data.test = draw_split(means, spec.test, 0, test);
  return data;
}

}  // namespace syncline::models
