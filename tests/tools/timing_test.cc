// Scenarios that train nothing: networks that no kernel runs are timed all the same.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/tools/program.h"

namespace syncline::tools {
namespace {

using nlohmann::json;

const std::string kTimed =
    "networks = [\"10gbe\"]\n"
    "[training]\ntrain = false\nmodel = \"bert-large\"\ntokens = 64\nworkers = 4\nbatch = 8\n"
    "[[method]]\nname = \"s-sgd\"\n[[method]]\nname = \"acp-sgd\"\nrank = 32\n";

TEST(Timing, PrintsTimesAndRatesAndNoAccuracy) {
  const Workplace place;
  place.write("s.toml", kTimed);
  const ProgramResult result = place.run({"run", "s.toml", "--json", "out.json"});
  ASSERT_EQ(result.code, 0) << result.err;
  for (const char* part :
       {"bert-large: BERT-Large, pre-training; sentences of 64 tokens", "336226108 parameters (1.34 GB), 398 tensors",
        "samples/s", "▶ acp-sgd rank 32", "acp-sgd rank 32 is fastest here", "the accuracy is not known",
        "speed-up: of the step, over s-sgd."}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part << " is not in:\n" << result.out;
  }
  for (const char* part : {"target", "epochs", "learning rate"}) EXPECT_EQ(result.out.find(part), std::string::npos) << part;
  EXPECT_EQ(result.err, "");

  const json report = json::parse(place.read("out.json"));
  EXPECT_EQ(report["scenario"]["train"], false);
  EXPECT_EQ(report["scenario"]["tokens"], 64);
  EXPECT_TRUE(report["scenario"]["dataset"].is_null());
  EXPECT_TRUE(report["trajectories"].empty());
  const json& outcomes = report["networks"][0]["outcomes"];
  for (const json& outcome : outcomes) {
    EXPECT_TRUE(outcome["final_accuracy"].is_null());
    EXPECT_DOUBLE_EQ(outcome["samples_per_second"], 4 * 8 / outcome["iteration"].get<double>());
  }
  EXPECT_DOUBLE_EQ(outcomes[1]["speedup"], outcomes[0]["iteration"].get<double>() / outcomes[1]["iteration"].get<double>());
}

// The same network takes as long, whether it is trained as well or not.
TEST(Timing, TakesWhatATrainingTakes) {
  const Workplace place;
  place.write("trained.toml",
              "networks = [\"1gbe\"]\n[training]\nmodel = \"lenet\"\nworkers = 2\nbatch = 4\nepochs = 1\n"
              "[dataset]\nname = \"synthetic\"\nheight = 28\nwidth = 28\ntrain = 8\ntest = 8\n[[method]]\nname = \"s-sgd\"\n");
  place.write("timed.toml",
              "networks = [\"1gbe\"]\n[training]\ntrain = false\nmodel = \"lenet\"\nworkers = 2\nbatch = 4\n"
              "[[method]]\nname = \"s-sgd\"\n");
  ASSERT_EQ(place.run({"run", "trained.toml", "--quiet", "--json", "a.json"}).code, 0);
  ASSERT_EQ(place.run({"run", "timed.toml", "--json", "b.json"}).code, 0);
  const json a = json::parse(place.read("a.json")), b = json::parse(place.read("b.json"));
  EXPECT_EQ(a["networks"][0]["outcomes"][0]["breakdown"], b["networks"][0]["outcomes"][0]["breakdown"]);
}

TEST(Timing, RefusesWhatHasNoEffect) {
  const Workplace place;
  place.write("s.toml", kTimed);
  const auto error = [&](const std::vector<std::string>& settings) {
    std::vector<std::string> arguments = {"check", "s.toml"};
    for (const std::string& setting : settings) {
      arguments.emplace_back("--set");
      arguments.push_back(setting);
    }
    const ProgramResult result = place.run(arguments);
    EXPECT_EQ(result.code, 2) << result.out;
    return result.err;
  };
  const auto expect = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in:\n" << text;
  };
  EXPECT_EQ(place.run({"check", "s.toml"}).code, 0);
  expect(error({"training.epochs=3"}), "training.epochs: has no effect: it is not read with train = false");
  expect(error({"dataset.name=\"synthetic\""}), "dataset: has no effect: it is not read with training.train = false");
  expect(error({"method.s-sgd.learning_rate=0.1"}), "have no effect with training.train = false");
  expect(error({"training.model=\"resnet50\""}), "training.tokens: has no effect: resnet50 reads no text");
  expect(error({"training.tokens=513"}), "bert-large: sentences of 513 tokens; must be from 1 to 512");
  expect(error({"training.train=true"}), "training.tokens: has no effect: it is read only with train = false");
  place.write("s.toml", replaced(replaced(kTimed, "tokens = 64\n", ""), "train = false\n", ""));
  expect(error({}), "training.model: bert-large can be timed only: say train = false");
}

}  // namespace
}  // namespace syncline::tools
