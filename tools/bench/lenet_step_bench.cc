// lenet_step_bench [STEPS [THREADS [BACKEND]]]: milliseconds of one S-SGD step of 32 replicas of lenet, 32 samples each: drawing the
// batch, forward, backward, mean of the gradients, update; on the processor, or where BACKEND says. Prints the median.
// tools/bench/lenet_step.py times the same in PyTorch, tools/bench/torch_gpu.py on a GPU.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "models/data/synthetic.h"
#include "models/training/trajectory.h"
#include "sim/random.h"

int main(int argc, char** argv) {
  using namespace syncline;
  const int steps = argc > 1 ? std::atoi(argv[1]) : 40;
  const int threads = argc > 2 ? std::atoi(argv[2]) : 0;
  const kernels::Backend backend = argc > 3 ? kernels::parse_backend(argv[3]) : kernels::Backend::cpu;
  constexpr int kWorkers = 32, kBatch = 32;

  models::SyntheticSpec spec;
  spec.height = spec.width = 28;
  const models::Dataset data = models::make_synthetic(spec, 1);
  const models::Dnn dnn = models::model("lenet").make({data.channels, data.height, data.width, data.classes});
  models::TrainingSetup setup;
  setup.dnn = &dnn;
  setup.data = &data;
  sim::RandomStream random(1, "shards");
  setup.shards = models::iid_shards(data.train.count, kWorkers, random);
  setup.batch = kBatch;
  setup.samples = std::int64_t{steps} * kWorkers * kBatch;
  setup.evaluate_every = steps + 1;  // once, at the end: after the last step's time is taken
  setup.optimizer.learning_rate.base = 0.01;
  setup.optimizer.momentum = 0.9;

  const models::MethodRow& row = models::method_row("s-sgd");
  models::MethodSetting setting;
  setting.row = &row;
  setting.parameters = models::Parameters(row.parameters);

  using Clock = std::chrono::steady_clock;
  std::vector<double> milliseconds;
  Clock::time_point before;
  std::int64_t last = 0;
  models::train(setup, setting, kernels::Device::open(backend, threads), [&](std::int64_t step, double, double) {
    const Clock::time_point now = Clock::now();
    const double passed = std::chrono::duration<double, std::milli>(now - before).count();
    if (last > 0) milliseconds.push_back(passed / static_cast<double>(step - last));
    before = now;
    last = step;
  });
  std::ranges::sort(milliseconds);
  std::printf("%.3f\n", milliseconds[milliseconds.size() / 2]);
}
