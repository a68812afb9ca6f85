#include "models/data/synthetic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "sim/error.h"

namespace syncline::models {
namespace {

constexpr std::uint64_t kSeed = 11;

SyntheticSpec spec() { return {.channels = 2, .height = 3, .width = 5, .classes = 4, .train = 4000, .test = 400}; }

// The share of test samples whose nearest training-class mean is their own.
double nearest_mean_accuracy(const Dataset& data) {
  const std::size_t features = static_cast<std::size_t>(data.train.features());
  std::vector<std::vector<double>> mean(static_cast<std::size_t>(data.classes), std::vector<double>(features));
  std::vector<double> count(mean.size());
  for (std::size_t i = 0; i < data.train.labels.size(); ++i) {
    count[data.train.labels[i]] += 1;
    for (std::size_t f = 0; f < features; ++f) mean[data.train.labels[i]][f] += data.train.images[i * features + f];
  }
  const auto distance = [&](std::size_t c, std::size_t sample) {
    double sum = 0;
    for (std::size_t f = 0; f < features; ++f)
      sum += std::pow(data.test.images[sample * features + f] - mean[c][f] / count[c], 2);
    return sum;
  };
  double correct = 0;
  for (std::size_t i = 0; i < data.test.labels.size(); ++i) {
    std::size_t best = 0;
    for (std::size_t c = 1; c < mean.size(); ++c) best = distance(c, i) < distance(best, i) ? c : best;
    correct += best == data.test.labels[i];
  }
  return correct / static_cast<double>(data.test.count);
}

TEST(Synthetic, HasTheShapeAskedForAndBalancedClasses) {
  const Dataset data = make_synthetic(spec(), kSeed);
  EXPECT_EQ(data.train.count, 4000);
  EXPECT_EQ(data.train.features(), 30);
  EXPECT_EQ(data.test.images.size(), 400u * 30);
  for (int label = 0; label < 4; ++label) EXPECT_EQ(std::ranges::count(data.train.labels, label), 1000);
}

TEST(Synthetic, IsGivenByItsSeed) {
  const Dataset a = make_synthetic(spec(), kSeed), b = make_synthetic(spec(), kSeed), c = make_synthetic(spec(), kSeed + 1);
  EXPECT_EQ(a.train.images, b.train.images);
  EXPECT_EQ(a.test.images, b.test.images);
  EXPECT_NE(a.train.images, c.train.images);
}

TEST(Synthetic, SeparationDecidesHowHardItIs) {
  SyntheticSpec s = spec();
  s.separation = 8;
  EXPECT_GT(nearest_mean_accuracy(make_synthetic(s, kSeed)), 0.95);
  s.separation = 0;  // one Gaussian for all classes: chance is 1/4, standard deviation 0.0217 over 400 samples; 5 of them
  EXPECT_NEAR(nearest_mean_accuracy(make_synthetic(s, kSeed)), 0.25, 0.11);
}

TEST(Synthetic, NoiseSpoilsTrainingLabelsOnly) {
  SyntheticSpec s = spec();
  s.label_noise = 0.4;
  const Dataset data = make_synthetic(s, kSeed);
  int wrong = 0;
  for (std::size_t i = 0; i < data.train.labels.size(); ++i) wrong += data.train.labels[i] != i % 4;
  // A replaced label is another one 3 times in 4: 0.3 expected; binomial deviation sqrt(0.3 * 0.7 / 4000) = 0.0072; 5 of them.
  EXPECT_NEAR(wrong / 4000.0, 0.3, 0.037);
  for (std::size_t i = 0; i < data.test.labels.size(); ++i) ASSERT_EQ(data.test.labels[i], i % 4);
}

TEST(Synthetic, ImpossibleValuesAreUserErrors) {
  const auto bad = [](auto change) {
    SyntheticSpec s = spec();
    change(s);
    EXPECT_THROW(make_synthetic(s, kSeed), UserError);
  };
  bad([](SyntheticSpec& s) { s.channels = 0; });
  bad([](SyntheticSpec& s) { s.height = -1; });
  bad([](SyntheticSpec& s) { s.width = 0; });
  bad([](SyntheticSpec& s) { s.train = 0; });
  bad([](SyntheticSpec& s) { s.test = 0; });
  bad([](SyntheticSpec& s) { s.classes = 1; });
  bad([](SyntheticSpec& s) { s.classes = 257; });
  bad([](SyntheticSpec& s) { s.label_noise = 1.5; });
  bad([](SyntheticSpec& s) { s.label_noise = std::numeric_limits<double>::quiet_NaN(); });
  bad([](SyntheticSpec& s) { s.separation = -1; });
}

TEST(Datasets, AreFoundByName) {
  for (const DatasetRow& row : datasets()) {
    EXPECT_EQ(&dataset(row.name), &row);
    EXPECT_FALSE(row.title.empty() || row.source.empty() || row.help.empty()) << row.name;
  }
  EXPECT_THROW(dataset("fashion-mnits"), UserError);
}

}  // namespace
}  // namespace syncline::models
