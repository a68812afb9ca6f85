// S-SGD whose gradients travel in 16 bits: really rounded where something is trained, half the bytes and casts where it is timed.
#include <gtest/gtest.h>

#include "kernels/narrow/narrow.h"
#include "tests/models/training/given_gradients.h"
#include "tests/models/training/three_layers.h"

namespace syncline::models {
namespace {

std::vector<float> rounded(kernels::Narrow format, std::vector<float> x) {
  const kernels::Device device = kernels::Device::open(kernels::Backend::reference, 1);
  kernels::round_narrow(device, 1, static_cast<std::int64_t>(x.size()), format, {x.data(), 0}, {x.data(), 0});
  return x;
}

TEST(Wire, GradientsAreRoundedWhereTheyLeaveAndWhereTheyArrive) {
  const Dnn dnn = dnn_of_tensors({{30, 10}, {7}});
  Gradients gradients = whole_gradients(1, 3, 4, dnn.parameter_count());
  for (auto& step : gradients) {
    for (auto& worker : step) {
      for (float& x : worker) x = x / 7 + 1000 * x;  // no half
    }
  }
  for (const auto& [name, format] : {std::pair("fp16", kernels::Narrow::fp16), std::pair("bf16", kernels::Narrow::bf16)}) {
    for (const char* schedule : {"ddp", "wfbp", "byteps"}) {
      const auto method = method_with("s-sgd", {{"wire", std::string(name)}, {"schedule", std::string(schedule)}});
      const MeanGradients actual = mean_gradients(dnn, *method, gradients);
      for (std::size_t step = 0; step < gradients.size(); ++step) {
        std::vector<float> mean(static_cast<std::size_t>(dnn.parameter_count()));
        for (const auto& worker : gradients[step]) {
          const std::vector<float> sent = rounded(format, worker);
          for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += sent[i];
        }
        for (float& x : mean) x *= 0.25F;
        EXPECT_NE(actual[step], mean) << "the last rounding changes nothing";
        EXPECT_EQ(actual[step], rounded(format, mean)) << name << ", " << schedule << ", step " << step;
      }
      EXPECT_EQ(method->trajectory_key(), std::string("s-sgd,") + name);
    }
  }
}

// Backward until 9 ms, a cast and a division of 1 ms each, half of 12,000 bytes at 4,000 in 3 ms, a cast, the update.
TEST(Wire, HalvesTakeHalfTheTimeAndTwoCasts) {
  const Dnn dnn = three_layers();
  const DeviceProfile device = launches_only();
  for (const char* wire : {"fp16", "bf16"}) {
    const auto method = method_with("s-sgd", {{"wire", std::string(wire)}, {"schedule", std::string("bsp")}});
    const Timeline timeline = play({&dnn, 1, &device}, *method, star_of(2, 4000 / 0.003));
    EXPECT_NEAR(timeline.iteration, 0.009 + 0.002 + 0.0045 + 0.001 + 0.001, 1e-10);
    EXPECT_NEAR(timeline.breakdown.compression, 0.003, 1e-12);
    EXPECT_EQ(timeline.wire_bytes, 6000);
  }
}

}  // namespace
}  // namespace syncline::models
