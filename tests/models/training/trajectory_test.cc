#include <gtest/gtest.h>

#include "models/data/synthetic.h"
#include "models/training/trajectory.h"
#include "sim/random.h"
#include "tests/models/training/quadratic.h"

namespace syncline::models {
namespace {

struct Job {
  Job() : data(dataset("synthetic").load(request())), dnn(model("mlp").make({1, 8, 8, 10})) {
    setup.dnn = &dnn;
    setup.data = &data;
    sim::RandomStream random(1, "shards");
    setup.shards = iid_shards(data.train.count, 4, random);
    setup.batch = 8;
    setup.samples = 4 * 8 * 40;
    setup.evaluate_every = 15;
    setup.optimizer.learning_rate.base = 0.05;
    setup.optimizer.momentum = 0.9;
    setup.target_accuracy = 0.5;
  }
  static DatasetRequest request() {
    DatasetRequest request;
    request.synthetic.train = 2048;
    request.synthetic.test = 515;  // no multiple of workers times batch
    return request;
  }
  Dataset data;
  Dnn dnn;
  TrainingSetup setup;
};

MethodSetting setting_of(const std::string& name) {
  MethodSetting setting;
  setting.label = name;
  setting.row = &method_row(name);
  setting.parameters = Parameters(setting.row->parameters);
  setting.where = {"test.toml", 7, "method"};
  return setting;
}

TEST(Trajectory, EveryMethodLearnsTheSyntheticData) {
  Job job;
  const kernels::Device device = kernels::Device::open(kernels::Backend::cpu, 2);
  for (const MethodRow& row : methods()) {
    MethodSetting setting = setting_of(row.name);
    const Trajectory trajectory = train(job.setup, setting, device);
    ASSERT_EQ(trajectory.loss.size(), 40U) << row.name;
    ASSERT_EQ(trajectory.evaluations.size(), 3U) << row.name;
    EXPECT_EQ(trajectory.evaluations[1].step, 30);
    EXPECT_EQ(trajectory.evaluations[2].step, 40);
    EXPECT_LT(trajectory.loss.back(), trajectory.loss.front()) << row.name;
    EXPECT_GT(trajectory.final_accuracy(), 0.3) << row.name;  // one in ten is chance
  }
}

TEST(Trajectory, IsTheSameForAnyNumberOfThreads) {
  Job job;
  for (const MethodRow& row : methods()) {
    const MethodSetting setting = setting_of(row.name);
    const Trajectory one = train(job.setup, setting, kernels::Device::open(kernels::Backend::cpu, 1));
    const Trajectory three = train(job.setup, setting, kernels::Device::open(kernels::Backend::cpu, 3));
    EXPECT_EQ(one.loss, three.loss) << row.name;
    EXPECT_EQ(one.final_accuracy(), three.final_accuracy()) << row.name;
  }
}

TEST(Trajectory, DivergenceNamesTheMethodAndItsPlace) {
  Job job;
  MethodSetting setting = setting_of("s-sgd");
  setting.learning_rate = 1e30;
  try {
    train(job.setup, setting, kernels::Device::open(kernels::Backend::cpu, 2));
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_EQ(std::string(error.what()).rfind("test.toml:7: method: training by 's-sgd' diverged", 0), 0U) << error.what();
  }
}

TEST(Trajectory, GrowingBatchesEndWhenTheSamplesAreUsedUp) {
  Job job;
  MethodSetting setting = setting_of("k-avg");
  setting.parameters.set("k", 2.0);
  setting.parameters.set("step_size", std::string("diminishing"));
  setting.parameters.set("stage_rounds", 2.0);
  const Trajectory trajectory = train(job.setup, setting, kernels::Device::open(kernels::Backend::cpu, 2));
  std::int64_t samples = 0;
  for (std::size_t step = 0; step < trajectory.batch.size(); ++step) {
    EXPECT_EQ(trajectory.batch[step], 8 * (1 + static_cast<int>(step) / 4));
    samples += 4 * trajectory.batch[step];
  }
  EXPECT_GE(samples, job.setup.samples);
  EXPECT_LT(samples - 4 * trajectory.batch.back(), job.setup.samples);
}

}  // namespace
}  // namespace syncline::models
