#include <gtest/gtest.h>

#include "tests/models/training/quadratic.h"

namespace syncline::models {
namespace {

constexpr int kWorkers = 4;

Dnn small_dnn() { return model("mlp").make({1, 4, 4, 4}); }

TEST(Methods, KAvgWithKOneEqualsParallelSgdExactly) {
  const Dnn dnn = small_dnn();
  QuadraticLearner learner(dnn, kWorkers);
  for (const std::int64_t steps : {1, 2, 5}) {
    const auto parallel = weights_after(dnn, learner, kWorkers, *method_with("s-sgd"), 0.5, steps);
    const auto averaged = weights_after(dnn, learner, kWorkers, *method_with("k-avg", {{"k", 1.0}}), 0.5, steps);
    EXPECT_EQ(parallel, averaged) << steps << " steps";
    EXPECT_NE(parallel, learner.initial_weights());
  }
}

// The mean of quadratics with one curvature: K local steps shrink each worker's distance by (1/2)^K, as K parallel steps do.
TEST(Methods, KAvgWithKFourTakesFourLocalSteps) {
  const Dnn dnn = small_dnn();
  QuadraticLearner learner(dnn, kWorkers);
  const auto averaged = weights_after(dnn, learner, kWorkers, *method_with("k-avg", {{"k", 4.0}}), 0.5, 4);
  const auto begin = learner.initial_weights();
  for (std::size_t i = 0; i < begin.size(); ++i) {
    float mean = 0;
    for (int r = 0; r < kWorkers; ++r) {
      const float centre = QuadraticLearner::centre(r, static_cast<std::int64_t>(i));
      mean += centre + (begin[i] - centre) / 16;
    }
    ASSERT_EQ(averaged[i], mean / kWorkers) << "element " << i;
  }
}

TEST(Methods, DiminishingKAvgHalvesTheSecondStage) {
  const Dnn dnn = small_dnn();
  QuadraticLearner learner(dnn, 1);
  const auto method = method_with("k-avg", {{"k", 1.0}, {"step_size", std::string("diminishing")}, {"stage_rounds", 2.0}});
  const auto weights = weights_after(dnn, learner, 1, *method, 0.5, 3);  // steps of 1/2, 1/2, 1/4
  const auto begin = learner.initial_weights();
  for (std::size_t i = 0; i < begin.size(); ++i) {
    const float centre = QuadraticLearner::centre(0, static_cast<std::int64_t>(i));
    ASSERT_EQ(weights[i], centre + (begin[i] - centre) * (0.5F * 0.5F * 0.75F)) << "element " << i;
  }
}

// The batch stops growing at 16 times; the steps go on getting smaller. Twenty stages of one step: the product of 1 - 1/(2 j), in
// floats that are rounded some 60 times.
TEST(Methods, DiminishingKAvgDiminishesForEver) {
  const Dnn dnn = small_dnn();
  QuadraticLearner learner(dnn, 1);
  const auto method = method_with("k-avg", {{"k", 1.0}, {"step_size", std::string("diminishing")}, {"stage_rounds", 1.0}});
  const auto weights = weights_after(dnn, learner, 1, *method, 0.5, 20);
  const auto begin = learner.initial_weights();
  double left = 1;
  for (int stage = 1; stage <= 20; ++stage) left *= 1 - 0.5 / stage;
  for (std::size_t i = 0; i < begin.size(); ++i) {
    const double centre = QuadraticLearner::centre(0, static_cast<std::int64_t>(i));
    ASSERT_NEAR(weights[i], centre + (begin[i] - centre) * left, 60 * 0x1p-24 * 8) << "element " << i;
  }
}

// Schedules say when gradients travel, not what they are.
TEST(Methods, SSgdComputesTheSameWhateverItsBuckets) {
  const Dnn dnn = small_dnn();
  QuadraticLearner learner(dnn, kWorkers);
  const auto whole = weights_after(dnn, learner, kWorkers, *method_with("s-sgd", {{"fusion", std::string("all")}}), 0.5, 3);
  for (const char* fusion : {"none", "buckets"}) {
    for (const bool overlap : {false, true}) {
      const auto method =
          method_with("s-sgd", {{"fusion", std::string(fusion)}, {"overlap", overlap}, {"first_bucket_mib", 0.001}});
      EXPECT_EQ(whole, weights_after(dnn, learner, kWorkers, *method, 0.5, 3)) << fusion << overlap;
    }
  }
}

TEST(Methods, TopKOfDensityOneIsSSgd) {
  const Dnn dnn = small_dnn();
  QuadraticLearner learner(dnn, kWorkers);
  const auto full = weights_after(dnn, learner, kWorkers, *method_with("s-sgd"), 0.5, 3);
  EXPECT_EQ(full, weights_after(dnn, learner, kWorkers, *method_with("top-k", {{"density", 1.0}}), 0.5, 3));
}

// What error feedback promises: the weights a compressed method reaches plus what its workers still hold back is what plain
// SGD would have reached on the same gradients. One step, so the gradients are the same.
TEST(Methods, EveryErrorFeedbackMethodMovesAgainstTheGradient) {
  const Dnn dnn = small_dnn();
  QuadraticLearner learner(dnn, kWorkers);
  const auto begin = learner.initial_weights();
  const auto target = weights_after(dnn, learner, kWorkers, *method_with("s-sgd"), 0.5, 1);
  for (const char* name : {"sign-sgd", "qsgd", "top-k", "power-sgd", "acp-sgd"}) {
    const auto weights = weights_after(dnn, learner, kWorkers, *method_with(name), 0.5, 1);
    double along = 0;
    for (std::size_t i = 0; i < begin.size(); ++i) along += (weights[i] - begin[i]) * (target[i] - begin[i]);
    EXPECT_GT(along, 0) << name;
  }
}

// Each method states its bytes by a formula; here are the bytes of the arrays it really hands over.
TEST(Methods, PayloadsAreWhatTheFormulasSay) {
  for (const char* network : {"mlp", "lenet"}) {
    const Dnn dnn = model(network).make({1, 28, 28, 10});
    QuadraticLearner learner(dnn, 2);
    for (const MethodRow& row : methods()) {
      const std::unique_ptr<Method> method = row.make(Parameters(row.parameters));
      PayloadCount real;
      const std::int64_t steps = 2 * method->period();
      weights_after(dnn, learner, 2, *method, 0.5, steps, &real);
      const Payload formula = method->payload(dnn);
      EXPECT_EQ(static_cast<double>(real.all_reduce_bytes), formula.all_reduce_bytes * static_cast<double>(steps)) << row.name;
      EXPECT_EQ(static_cast<double>(real.all_gather_bytes), formula.all_gather_bytes * static_cast<double>(steps)) << row.name;
    }
  }
}

TEST(Methods, LenetsFormulasInNumbers) {
  const Dnn lenet = model("lenet").make({1, 28, 28, 10});
  ASSERT_EQ(lenet.parameter_count(), 61706);
  EXPECT_EQ(method_with("s-sgd")->payload(lenet).all_reduce_bytes, 246824);
  EXPECT_EQ(method_with("k-avg", {{"k", 4.0}})->payload(lenet).all_reduce_bytes, 61706);
  EXPECT_EQ(method_with("top-k", {{"density", 0.01}, {"fusion", std::string("all")}})->payload(lenet).all_gather_bytes, 617 * 8);
  // 5 matrices of 6x25, 16x150, 120x400, 84x120, 10x84 at rank 4: 4 (236 rows + 779 columns); 236 biases.
  EXPECT_EQ(method_with("power-sgd")->payload(lenet).all_reduce_bytes, 4.0 * (4 * (236 + 779) + 236));
  EXPECT_EQ(method_with("acp-sgd")->payload(lenet).all_reduce_bytes, 4.0 * (4 * (236 + 779) / 2.0 + 236));
}

TEST(Methods, UnknownNameSuggestsTheNearest) {
  try {
    method_row("topk");
    FAIL() << "accepted";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("top-k"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace syncline::models
