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

/// As a transport of GPUs: its collectives take arrays in a GPU's memory, and nobody else touches those.
class GpuTransport final : public Transport {
 public:
  GpuTransport(Transport& host, kernels::Device device) : host_(host), device_(std::move(device)) {}
  int rank() const override { return host_.rank(); }
  int size() const override { return host_.size(); }
  std::string_view name() const override { return "threads"; }
  std::string version() const override { return host_.version(); }
  std::string gpu() const override { return "GPU-" + std::to_string(rank()); }

  std::shared_ptr<void> allocate(std::int64_t bytes) override {
    return kernels::detail::allocate(device_, static_cast<std::size_t>(bytes));
  }
  void upload(void* to, const void* from_host, std::int64_t bytes) override {
    kernels::detail::copy_in(device_, to, from_host, static_cast<std::size_t>(bytes));
  }
  void download(void* to_host, const void* from, std::int64_t bytes) override {
    kernels::detail::copy_out(device_, to_host, from, static_cast<std::size_t>(bytes));
  }
  void all_reduce(const float* in, float* out, std::int64_t elements) override {
    std::vector<float> mine(static_cast<std::size_t>(elements)), sum(mine.size());
    download(mine.data(), in, 4 * elements);
    host_.all_reduce(mine.data(), sum.data(), elements);
    upload(out, sum.data(), 4 * elements);
  }
  void all_gather(const void* mine, void* all, std::int64_t bytes) override {
    std::vector<std::byte> one(static_cast<std::size_t>(bytes)), every(one.size() * static_cast<std::size_t>(size()));
    download(one.data(), mine, bytes);
    host_.all_gather(one.data(), every.data(), bytes);
    upload(all, every.data(), bytes * size());
  }
  void broadcast(void* data, std::int64_t bytes, int root) override {
    std::vector<std::byte> all(static_cast<std::size_t>(bytes));
    download(all.data(), data, bytes);
    host_.broadcast(all.data(), bytes, root);
    upload(data, all.data(), bytes);
  }
  void barrier() override { host_.barrier(); }
  bool has_messages() const override { return false; }
  Request send(const void*, std::int64_t, int, int) override { throw std::logic_error("no messages"); }
  Request receive(void*, std::int64_t, int, int) override { throw std::logic_error("no messages"); }
  std::vector<std::size_t> wait_some(std::span<const Request>) override { throw std::logic_error("no messages"); }
  [[noreturn]] void abort(int code) override { std::exit(code); }

 private:
  Transport& host_;
  kernels::Device device_;
};

struct Bench {
  explicit Bench(const std::string& text)
      : scenario(scenarios::load_scenario(folder.write("s.toml", text))), training(scenarios::training_of(scenario)) {}
  TemporaryFolder folder;
  scenarios::Scenario scenario;
  std::unique_ptr<const scenarios::Training> training;

  /// [method] as the first rank has it; all ranks' are the same.
  std::vector<MeasuredTraining> measure(const MeasureOptions& options, bool on_gpus = false) {
    std::vector<MeasuredTraining> result;
    on_ranks(scenario.workers, [&](Transport& host) {
      std::unique_ptr<GpuTransport> gpu;
      if (on_gpus) gpu = std::make_unique<GpuTransport>(host, kernels::Device::open(kernels::Backend::cuda));
      Transport& transport = gpu ? static_cast<Transport&>(*gpu) : host;
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

// Every rank has its kernels and its collectives' arrays in a GPU's memory.
TEST(RealTraining, OnGpusIsWithinRoundingOfTheSimulatedTrajectory) {
  const std::vector<kernels::Backend> here = kernels::available_backends();
  if (std::ranges::find(here, kernels::Backend::cuda) == here.end()) GTEST_SKIP() << "backend cuda does not work here";
  Bench bench(scenario_text(2, true));
  MeasureOptions options;
  options.kernels = true;
  options.warmup = 1;
  options.iterations = 1;
  const std::vector<MeasuredTraining> measured = bench.measure(options, true);
  ASSERT_EQ(measured.size(), models::methods().size());
  for (std::size_t i = 0; i < measured.size(); ++i) {
    EXPECT_FALSE(measured[i].by_cpu);
    EXPECT_THAT(check_training(*bench.training, bench.scenario.methods[i], measured[i]), testing::HasSubstr("weights agree"));
  }
}

// The measured program plans as the predicted one, so that the same operations send the same bytes.
TEST(RealTraining, DoesWhatSimulatedWorkersDoOperationByOperation) {
  std::string text = scenario_text(3, true);
  text.resize(text.find("[[method]]"));
  for (const char* schedule : {"bsp", "wfbp", "mg-wfbp", "ddp"}) {
    text += std::string("[[method]]\nname = \"s-sgd\"\nlabel = \"") + schedule + "\"\nschedule = \"" + schedule + "\"\n";
  }
  Bench bench(text);
  MeasureOptions options;
  options.kernels = true;
  options.warmup = 1;
  options.iterations = 2;
  const std::vector<MeasuredTraining> measured = bench.measure(options);
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const PredictedTraining predicted =
        predict(bench.scenario, *bench.training, bench.scenario.networks[0], bench.scenario.methods[i], Forward::as_one);
    const std::vector<Operation> real = operations_of(measured[i].spans, measured[i].period_begins, 1);
    EXPECT_EQ(match(predicted.operations, real).size(), predicted.operations.size()) << measured[i].method;
    EXPECT_EQ(real.size(), predicted.operations.size()) << measured[i].method;
  }
}

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
