// The programs of Sign-SGD and Top-k against double-precision twins that say in a few lines what the papers do. All numbers are
// exact in float, so they are equal.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>

#include "tests/models/training/given_gradients.h"

namespace syncline::models {
namespace {

using Vector = std::vector<double>;

/// What one worker sends of p, decoded: [element].
using Compressor = std::function<Vector(const Vector& p)>;

/// sign(p) times the mean magnitude (Karimireddy et al. 2019, algorithm 1).
Vector scaled_sign(const Vector& p) {
  double scale = 0;
  for (const double x : p) scale += std::abs(x) / static_cast<double>(p.size());
  Vector sent;
  for (const double x : p) sent.push_back(x >= 0 ? scale : -scale);
  return sent;
}

/// The elements of largest magnitude, the first of equal ones (Stich et al. 2018, algorithm 1).
Vector largest(const Vector& p, double density) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return std::abs(p[a]) > std::abs(p[b]); });
  order.resize(std::max<std::size_t>(1, static_cast<std::size_t>(density * static_cast<double>(p.size()))));
  Vector sent(p.size());
  for (const std::size_t i : order) sent[i] = p[i];
  return sent;
}

/// Error feedback: p = gradient + error; what isn't sent of p is the next step's error.
MeanGradients with_feedback(const std::vector<Bucket>& buckets, const Gradients& gradients, const Compressor& compress) {
  const std::size_t workers = gradients[0].size(), n = gradients[0][0].size();
  std::vector<Vector> error(workers, Vector(n));
  MeanGradients means;
  for (const auto& step : gradients) {
    Vector sum(n);
    for (std::size_t r = 0; r < workers; ++r) {
      for (const Bucket& bucket : buckets) {
        const auto begin = static_cast<std::size_t>(bucket.begin), end = static_cast<std::size_t>(bucket.end);
        Vector p;
        for (std::size_t i = begin; i < end; ++i) p.push_back(step[r][i] + error[r][i]);
        const Vector sent = compress(p);
        for (std::size_t i = begin; i < end; ++i) {
          error[r][i] = p[i - begin] - sent[i - begin];
          sum[i] += sent[i - begin];
        }
      }
    }
    means.emplace_back();
    for (const double x : sum) means.back().push_back(static_cast<float>(x / static_cast<double>(workers)));
  }
  return means;
}

// Tensors of 2^3, 2^2 and 2^2 elements: a mean magnitude over 2^4 elements is a multiple of 2^-4 in the first step, of 2^-16 in
// the fourth, when the sum of four workers' is still below 2^6: 22 bits.
TEST(SignSgd, ErrorFeedbackIsItsTwin) {
  const Dnn dnn = dnn_of_tensors({{2, 4}, {4}, {2, 2}});
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Gradients gradients = whole_gradients(seed, 4, 4, dnn.parameter_count());
    EXPECT_EQ(mean_gradients(dnn, *method_with("sign-sgd", {{"schedule", std::string("wfbp")}}), gradients),
              with_feedback(bucket_per_tensor(dnn), gradients, scaled_sign));
    EXPECT_EQ(mean_gradients(dnn, *method_with("sign-sgd", {{"schedule", std::string("bsp")}}), gradients),
              with_feedback(single_bucket(dnn), gradients, scaled_sign));
  }
}

// Four voters tie now and then, five never do. +0 votes for +1.
TEST(SignSgd, MajorityVoteCountsEveryWorker) {
  const Dnn dnn = dnn_of_tensors({{7, 11}, {5}, {3, 13}});
  for (const std::size_t workers : {1, 4, 5}) {
    const Gradients gradients = whole_gradients(workers, 3, workers, dnn.parameter_count());
    MeanGradients votes;
    for (const auto& step : gradients) {
      votes.emplace_back();
      for (std::size_t i = 0; i < step[0].size(); ++i) {
        int balance = 0;
        for (const auto& worker : step) balance += worker[i] >= 0 ? 1 : -1;
        votes.back().push_back(static_cast<float>((balance > 0) - (balance < 0)));
      }
    }
    for (const char* schedule : {"wfbp", "bsp"}) {
      const auto method = method_with("sign-sgd", {{"form", std::string("majority-vote")}, {"schedule", std::string(schedule)}});
      EXPECT_EQ(mean_gradients(dnn, *method, gradients), votes) << workers << " workers, schedule " << schedule;
    }
  }
}

// Values only move, so they stay whole numbers.
TEST(TopK, ErrorFeedbackIsItsTwin) {
  const Dnn dnn = dnn_of_tensors({{7, 11}, {5}, {3, 13}});
  for (const double density : {0.01, 0.1, 0.5}) {
    const auto compress = [density](const Vector& p) { return largest(p, density); };
    const Gradients gradients = whole_gradients(3, 8, 4, dnn.parameter_count());
    EXPECT_EQ(mean_gradients(dnn, *method_with("top-k", {{"schedule", std::string("wfbp")}, {"density", density}}), gradients),
              with_feedback(bucket_per_tensor(dnn), gradients, compress));
    EXPECT_EQ(mean_gradients(dnn, *method_with("top-k", {{"schedule", std::string("bsp")}, {"density", density}}), gradients),
              with_feedback(single_bucket(dnn), gradients, compress));
  }
}

}  // namespace
}  // namespace syncline::models
