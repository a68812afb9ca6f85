// Real training on real data: what the README says of the quickstart's accuracies.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/run.h"
#include "scenarios/scenario.h"

namespace syncline::scenarios {
namespace {

// Measured with this seed: S-SGD 90.1 %, K-AVG 0.8 points less, Top-k the same, Power-SGD 0.1 more, ACP-SGD 0.8 less; with seeds 1
// and 2 ACP-SGD ends up to 1.4 points below.
constexpr const char* kSeed = "3";

TEST(FashionMnistSlow, QuickstartsMethodsEndWithin15PointsOfSSgd) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) GTEST_SKIP() << "install dataset-fashion-mnist";
  const std::vector<std::string> methods = {"S-SGD, WFBP + fusion", "K-AVG, K = 4", "Top-k 1 %", "Power-SGD, rank 4",
                                            "ACP-SGD, rank 4"};
  Scenario scenario = load_scenario(std::string(SYNCLINE_SOURCE_DIR) + "/scenarios/quickstart.toml",
                                    {{"networks", "[\"10gbe\"]"}, {"training.seed", kSeed}, {"training.evaluate_every", "1000"}});
  std::erase_if(scenario.methods,
                [&](const models::MethodSetting& setting) { return std::ranges::find(methods, setting.label) == methods.end(); });
  ASSERT_EQ(scenario.methods.size(), methods.size()) << "the quickstart has other labels";
  const RunResult result = run(scenario, {});
  const std::vector<models::Outcome>& outcomes = result.networks.at(0).outcomes;
  const auto s_sgd = std::ranges::find(outcomes, methods.front(), &models::Outcome::method);
  EXPECT_GE(s_sgd->final_accuracy, 0.88);
  for (const models::Outcome& outcome : outcomes) {
    EXPECT_GE(outcome.final_accuracy, s_sgd->final_accuracy - 0.015) << outcome.method;
  }
}

}  // namespace
}  // namespace syncline::scenarios
