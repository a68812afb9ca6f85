// QSGD's program: its roundings are independent, and their mean is the gradient.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/models/training/given_gradients.h"

namespace syncline::models {
namespace {

constexpr std::int64_t kElements = 64;

/// Two tensors, alike in what is asked of them.
Dnn twins() { return dnn_of_tensors({{kElements}, {kElements}}); }

std::unique_ptr<Method> coarse() { return method_with("qsgd", {{"schedule", std::string("wfbp")}, {"levels", 2.0}}); }

/// The same gradient for every worker and tensor in every step: 1 to 8, again and again.
Gradients same_for_all(std::size_t steps, std::size_t workers) {
  std::vector<float> gradient;
  for (std::int64_t i = 0; i < 2 * kElements; ++i) gradient.push_back(static_cast<float>(1 + i % 8));
  return Gradients(steps, std::vector<std::vector<float>>(workers, gradient));
}

// Of a norm of 40 in two levels, 1 to 8 are rounded up with probabilities of 0.05 to 0.4: two roundings of all 64 elements agree by
// chance once in 10^11 times.
TEST(QsgdProgram, RoundsAnewInEveryStepBucketAndWorker) {
  const MeanGradients alone = mean_gradients(twins(), *coarse(), same_for_all(4, 1));
  for (std::size_t a = 0; a < alone.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(alone[a], alone[b]) << "steps " << a << " and " << b;
    const auto middle = alone[a].begin() + kElements;
    EXPECT_FALSE(std::equal(alone[a].begin(), middle, middle)) << "both buckets of step " << a;
  }
  // Were both workers to round alike, their mean would be a rounding too: 0, or half the norm. No element reaches the whole norm.
  const MeanGradients two = mean_gradients(twins(), *coarse(), same_for_all(1, 2));
  EXPECT_NE(two[0], alone[0]);
  const auto is_no_level = [&](float x) { return x != 0 && x != *std::ranges::max_element(alone[0]); };
  EXPECT_TRUE(std::ranges::any_of(two[0], is_no_level)) << "both workers";
}

// A rounding to a multiple of norm / levels has a variance of at most (norm / levels)^2 / 4, so the mean over all steps and workers
// is within six standard deviations of the gradients' mean, but for
// odds of 10^-8 for each of 100 elements.
TEST(QsgdProgram, TheMeanOverManyStepsIsTheGradient) {
  const Dnn dnn = dnn_of_tensors({{8, 6}, {15}, {37}});
  constexpr std::size_t kSteps = 2000, kWorkers = 3;
  constexpr double kLevels = 3;
  const Gradients one_step = whole_gradients(1, 1, kWorkers, dnn.parameter_count());
  const Gradients gradients(kSteps, one_step[0]);
  const auto method = method_with("qsgd", {{"schedule", std::string("wfbp")}, {"levels", kLevels}, {"norm_bucket", 16.0}});
  const MeanGradients means = mean_gradients(dnn, *method, gradients);
  double variance = 0;  // of the mean over workers
  for (const auto& worker : one_step[0]) {
    double norm_squared = 0;  // of the whole gradient: more than that of any 16 elements
    for (const float x : worker) norm_squared += static_cast<double>(x) * x;
    variance += norm_squared / (kLevels * kLevels) / 4 / (kWorkers * kWorkers);
  }
  for (std::size_t i = 0; i < one_step[0][0].size(); ++i) {
    double mean = 0, gradient = 0;
    for (const auto& step : means) mean += static_cast<double>(step[i]) / kSteps;
    for (const auto& worker : one_step[0]) gradient += static_cast<double>(worker[i]) / kWorkers;
    EXPECT_NEAR(mean, gradient, 6 * std::sqrt(variance / kSteps)) << "element " << i;
  }
}

}  // namespace
}  // namespace syncline::models
