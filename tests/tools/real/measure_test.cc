// Methods on real ranks that are threads: training gives what the simulated workers' training gives, and the trace has what the
// simulator's has.
#include "tools/real/measure.h"
#include "models/training/schedulers/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tools/program.h"
#include "tests/tools/real/thread_transport.h"
#include "tools/real/exact_data.h"
#include "tools/real/prediction.h"

namespace syncline::tools {
namespace {

/// All methods of the table, in 12 steps at most: the data set of kSmallScenario.
std::string scenario_text(int workers, bool train) {
  std::string text = replaced(kSmallScenario, "workers = 2", "workers = " + std::to_string(workers));
  text = text.substr(0, text.find("[[method]]"));
  text = replaced(text, "model = \"mlp\"", "model = \"lenet\"");
  text = replaced(text, "name = \"synthetic\"\n", "name = \"synthetic\"\nheight = 16\nwidth = 16\n");
  if (!train) {
    text = text.substr(0, text.find("[dataset]"));
    text = replaced(text, "epochs = 0.1\nlearning_rate = 0.1\n", "train = false\n");
    // A fast device: the sleeps are short.
    text = replaced(text, "gpu = \"v100\"", "gpu = \"h100\"");
  }
  for (const models::MethodRow& row : models::methods()) text += "[[method]]\nname = \"" + row.name + "\"\n";
  return text;
}

struct Bench {
  explicit Bench(const std::string& text)
      : scenario(scenarios::load_scenario(folder.write("s.toml", text))), training(scenarios::training_of(scenario)) {}
  TemporaryFolder folder;
  scenarios::Scenario scenario;
  std::unique_ptr<const scenarios::Training> training;

  /// [method] as the first rank has it; all ranks' are the same.
  std::vector<MeasuredTraining> measure(const MeasureOptions& options) {
    std::vector<MeasuredTraining> result;
    on_ranks(scenario.workers, [&](Transport& transport) {
      Watchdog watchdog{Watchdog::Seconds(60)};
      const models::NetworkProfile& network = scenario.networks.front();
      RealCollectives collectives(transport, network, false);
      Measurement measurement(transport, collectives, watchdog, scenario, *training, network, options);
      for (const models::MethodSetting& setting : scenario.methods) {
        MeasuredTraining measured = measurement.train(setting);
        if (transport.rank() == 0) result.push_back(std::move(measured));
      }
    });
    return result;
  }
};

class RealTraining : public testing::TestWithParam<int> {};

TEST_P(RealTraining, GivesTheSimulatedTrajectoryByEveryMethod) {
  Bench bench(scenario_text(GetParam(), true));
  MeasureOptions options;
  options.kernels = true;
  options.warmup = 1;
  options.iterations = 2;
  const std::vector<MeasuredTraining> measured = bench.measure(options);
  ASSERT_EQ(measured.size(), models::methods().size());
  for (std::size_t i = 0; i < measured.size(); ++i) {
    EXPECT_THAT(check_training(*bench.training, bench.scenario.methods[i], measured[i]), testing::HasSubstr("weights agree"));
  }
}

// With two ranks all sums are the same to the last bit.
INSTANTIATE_TEST_SUITE_P(Ranks, RealTraining, testing::Values(1, 2, 3, 4));

TEST(RealTraining, ThatIsWrongIsToldFromWhatIsRight) {
  Bench bench(scenario_text(2, true));
  bench.scenario.methods.resize(1);
  MeasureOptions options;
  options.kernels = true;
  options.warmup = 1;
  options.iterations = 2;
  const MeasuredTraining right = bench.measure(options).front();
  MeasuredTraining wrong = right;
  wrong.losses.back() *= 1 + 1e-6;
  EXPECT_THROW(check_training(*bench.training, bench.scenario.methods[0], wrong), TransportError);
  wrong = right;
  wrong.weight_marks.back() = "others";
  EXPECT_THROW(check_training(*bench.training, bench.scenario.methods[0], wrong), TransportError);
}

TEST(SleepingRanks, DoWhatSimulatedOnesDoOperationByOperation) {
  Bench bench(scenario_text(3, false));
  MeasureOptions options;
  options.warmup = 1;
  options.iterations = 2;
  const std::vector<MeasuredTraining> measured = bench.measure(options);
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const PredictedTraining predicted =
        predict(bench.scenario, *bench.training, bench.scenario.networks[0], bench.scenario.methods[i]);
    const std::vector<Operation> real = operations_of(measured[i].spans, measured[i].period_begins, 1);
    EXPECT_EQ(real.size(), predicted.operations.size()) << measured[i].method;
    const std::vector<OperationPair> pairs = match(predicted.operations, real);
    EXPECT_EQ(pairs.size(), predicted.operations.size()) << measured[i].method;
    for (const OperationPair& pair : pairs) EXPECT_EQ(pair.measured.bytes, pair.predicted.bytes) << pair.predicted.name;
  }
}

// What travels together may depend on the clock, and how partitions take turns; what travels in all does not.
TEST(SleepingRanks, TakeEveryScheduler) {
  std::string text = scenario_text(3, false);
  text.resize(text.find("[[method]]"));
  for (const models::SchedulerRow& row : models::schedulers()) {
    text += "[[method]]\nname = \"s-sgd\"\nlabel = \"" + row.name + "\"\nschedule = \"" + row.name + "\"\n";
  }
  Bench bench(text);
  MeasureOptions options;
  options.warmup = 1;
  options.iterations = 2;
  const std::vector<MeasuredTraining> measured = bench.measure(options);
  ASSERT_EQ(measured.size(), models::schedulers().size());
  for (std::size_t i = 0; i < measured.size(); ++i) {
    std::int64_t bytes = 0;
    for (const sim::Span& span : measured[i].spans) bytes += span.bytes.count();
    EXPECT_EQ(bytes, std::int64_t{3} * 3 * 4 * bench.training->dnn.parameter_count()) << measured[i].method;  // ranks, steps
  }
}

TEST(ExactData, FindsASumThatIsWrong) {
  const models::NetworkProfile network = scenarios::load_network(scenarios::DataFolders("."), "10gbe", 2);
  EXPECT_NO_THROW(on_ranks(2, [&](Transport& transport) {
    RealCollectives collectives(transport, network, false);
    ExactData(collectives).all_reduce(1000, true);
    ExactData(collectives).all_gather(1000, true);
  }));
  // The other rank sends something else.
  EXPECT_THROW(on_ranks(2,
                        [&](Transport& transport) {
                          models::NetworkProfile other = network;
                          RealCollectives collectives(transport, other, true);
                          std::vector<float> numbers(8, 1), sums(8);
                          ExactData data(collectives);
                          if (transport.rank() == 0) {
                            data.all_reduce(8, true);
                          } else {
                            transport.all_reduce(numbers.data(), sums.data(), 8);
                          }
                        }),
               TransportError);
}

}  // namespace
}  // namespace syncline::tools
