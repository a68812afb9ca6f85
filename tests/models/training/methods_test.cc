#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "models/training/schedulers/scheduler.h"
#include "tests/models/training/quadratic.h"

namespace syncline::models {
namespace {

constexpr int kWorkers = 4;

/// What a scenario may make of a method: all its choices, in large buckets with its standard numbers, and in small ones with numbers
/// half as large.
std::vector<Parameters> forms_of(const MethodRow& row) {
  std::vector<Parameters> forms(2, Parameters(row.parameters));
  for (const ParameterRow& parameter : row.parameters) {
    if (const double* number = std::get_if<double>(&parameter.standard)) {
      const bool is_limit = parameter.name.ends_with("bucket_mib");
      const double half = parameter.whole ? std::floor(*number / 2) : *number / 2;
      forms[1].set(parameter.name, is_limit ? 0.01 : std::max(parameter.least, half));
    }
  }
  for (const ParameterRow& parameter : row.parameters) {
    if (parameter.choices.empty()) continue;
    std::vector<Parameters> chosen;
    for (const Parameters& form : forms) {
      const bool is_read = parameter.only_where.empty() || form.text(parameter.only_where) == parameter.only_value;
      for (const std::string& choice : parameter.choices) {
        if (!is_read && parameter.standard != ParameterValue(choice)) continue;
        chosen.push_back(form);
        chosen.back().set(parameter.name, choice);
      }
    }
    forms = chosen;
  }
  return forms;
}

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

// A stage of 2^32 + 4 steps.
TEST(Methods, DiminishingKAvgKnowsLongStages) {
  const Dnn dnn = small_dnn();
  QuadraticLearner learner(dnn, 1);
  const auto fixed = method_with("k-avg", {{"k", 53'300.0}});
  const auto stages =
      method_with("k-avg", {{"k", 53'300.0}, {"step_size", std::string("diminishing")}, {"stage_rounds", 80'581.0}});
  EXPECT_EQ(weights_after(dnn, learner, 1, *stages, 0.5, 6), weights_after(dnn, learner, 1, *fixed, 0.5, 6));
}

// Schedules say when gradients travel, not what they are.
TEST(Methods, SSgdComputesTheSameWhateverItsBuckets) {
  const Dnn dnn = small_dnn();
  QuadraticLearner learner(dnn, kWorkers);
  const auto whole = weights_after(dnn, learner, kWorkers, *method_with("s-sgd", {{"schedule", std::string("bsp")}}), 0.5, 3);
  for (const SchedulerRow& row : schedulers()) {
    const auto method = method_with("s-sgd", {{"schedule", row.name},
                                              {"first_bucket_mib", 0.001},
                                              {"partition_bytes", 1024.0},
                                              {"partition_mb", 0.001},
                                              {"credit_mb", 0.002}});
    EXPECT_EQ(whole, weights_after(dnn, learner, kWorkers, *method, 0.5, 3)) << row.name;
  }
}

TEST(Methods, TopKOfDensityOneIsSSgd) {
  const Dnn dnn = small_dnn();
  QuadraticLearner learner(dnn, kWorkers);
  const auto full = weights_after(dnn, learner, kWorkers, *method_with("s-sgd"), 0.5, 3);
  EXPECT_EQ(full, weights_after(dnn, learner, kWorkers, *method_with("top-k", {{"density", 1.0}}), 0.5, 3));
}

// One step of each method goes downhill. What error feedback promises over many steps is held to twins of the methods, in
// sign_and_top_k_test.cc and low_rank_programs_test.cc.
TEST(Methods, EveryMethodMovesAgainstTheGradient) {
  const Dnn dnn = small_dnn();
  QuadraticLearner learner(dnn, kWorkers);
  const auto begin = learner.initial_weights();
  const auto target = weights_after(dnn, learner, kWorkers, *method_with("s-sgd"), 0.5, 1);
  for (const MethodRow& row : methods()) {
    for (const Parameters& form : forms_of(row)) {
      const auto weights = weights_after(dnn, learner, kWorkers, *row.make(form), 0.5, 1);
      double along = 0;
      for (std::size_t i = 0; i < begin.size(); ++i) along += (weights[i] - begin[i]) * (target[i] - begin[i]);
      EXPECT_GT(along, 0) << row.name << " " << text_of(form);
    }
  }
}

// Each method states its bytes by a formula; here are the bytes of the arrays it really hands over.
TEST(Methods, PayloadsAreWhatTheFormulasSay) {
  for (const char* network : {"mlp", "lenet"}) {
    const Dnn dnn = model(network).make({1, 28, 28, 10});
    QuadraticLearner learner(dnn, 2);
    for (const MethodRow& row : methods()) {
      for (const Parameters& form : forms_of(row)) {
        const std::unique_ptr<Method> method = row.make(form);
        PayloadCount real;
        const std::int64_t steps = 2 * method->period();
        weights_after(dnn, learner, 2, *method, 0.5, steps, &real);
        const Payload formula = method->payload(dnn);
        const auto times_steps = [steps](double bytes) { return bytes * static_cast<double>(steps); };
        EXPECT_EQ(static_cast<double>(real.all_reduce_bytes), times_steps(formula.all_reduce_bytes))
            << row.name << " " << text_of(form);
        EXPECT_EQ(static_cast<double>(real.all_gather_bytes), times_steps(formula.all_gather_bytes))
            << row.name << " " << text_of(form);
      }
    }
  }
}

// The forms above are several: fusions, two forms of a method, one bucket and many.
TEST(Methods, FormsHaveOneBucketAndMany) {
  EXPECT_EQ(forms_of(method_row("k-avg")).size(), 4U);
  EXPECT_EQ(forms_of(method_row("acp-sgd")).size(), 16U);
  EXPECT_EQ(forms_of(method_row("sign-sgd")).size(), 16U);
  const Dnn lenet = model("lenet").make({1, 28, 28, 10});
  std::set<std::size_t> buckets;
  for (const Parameters& form : forms_of(method_row("s-sgd"))) buckets.insert(scheduler_of(form)->buckets(lenet).size());
  EXPECT_EQ(buckets, (std::set<std::size_t>{1, 3, 10}));  // all; by size; each tensor alone
}

TEST(Methods, LenetsFormulasInNumbers) {
  const Dnn lenet = model("lenet").make({1, 28, 28, 10});
  ASSERT_EQ(lenet.parameter_count(), 61706);
  EXPECT_EQ(method_with("s-sgd")->payload(lenet).all_reduce_bytes, 246824);
  EXPECT_EQ(method_with("k-avg", {{"k", 4.0}})->payload(lenet).all_reduce_bytes, 61706);
  EXPECT_EQ(method_with("top-k", {{"density", 0.01}, {"schedule", std::string("bsp")}})->payload(lenet).all_gather_bytes,
            617 * 8);
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
