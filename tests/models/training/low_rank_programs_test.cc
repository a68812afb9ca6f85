// The programs of Power-SGD and ACP-SGD against double-precision twins.
#include <gtest/gtest.h>

#include <cmath>

#include "models/training/low_rank_layout.h"
#include "models/training/timeline.h"
#include "tests/models/training/given_gradients.h"
#include "tests/models/training/low_rank_twin.h"

namespace syncline::models {
namespace {

constexpr int kRank = 2;
constexpr std::size_t kSteps = 9;

/// Three matrices of which two are compressed at rank 2, one of four dimensions; and biases.
Dnn small_matrices() { return dnn_of_tensors({{24, 10}, {24}, {6, 2, 3, 3}, {3, 4}, {5}, {20, 16}}); }

twin::Matrix matrix_at(const TensorPlace& place, const std::vector<float>& parameters) {
  const auto begin = parameters.begin() + place.begin;
  return {static_cast<std::size_t>(place.rows()), static_cast<std::size_t>(place.cols()), {begin, begin + place.elements()}};
}

/// [step][worker], of one tensor
std::vector<std::vector<twin::Matrix>> matrices_at(const TensorPlace& place, const Gradients& gradients) {
  std::vector<std::vector<twin::Matrix>> all;
  for (const auto& step : gradients) {
    all.emplace_back();
    for (const auto& worker : step) all.back().push_back(matrix_at(place, worker));
  }
  return all;
}

template <class Twin>
std::vector<twin::Matrix> results_of(Twin twin, const std::vector<std::vector<twin::Matrix>>& gradients) {
  std::vector<twin::Matrix> results;
  for (const auto& step : gradients) results.push_back(twin.step(step));
  return results;
}

/// Every element off by 2^-20 of itself, up or down.
std::vector<std::vector<twin::Matrix>> shaken(std::vector<std::vector<twin::Matrix>> gradients) {
  std::mt19937_64 random(1);
  for (auto& step : gradients) {
    for (auto& worker : step) {
      for (double& x : worker.data) x *= random() % 2 == 0 ? 1 + 0x1p-20 : 1 - 0x1p-20;
    }
  }
  return gradients;
}

double greatest_difference(const twin::Matrix& a, const twin::Matrix& b) {
  double greatest = 0;
  for (const double x : twin::sum(a, b, -1).data) greatest = std::max(greatest, std::abs(x));
  return greatest;
}

/// The tolerance: float's roundings, a few 2^-24 of every term in products of up to 24, act like gradients that are off by 2^-20,
/// and the twin itself tells how far those move each step's result, feedback and orthogonalisation included. Eight times that.
template <class Twin>
void expect_twin(const TensorPlace& place, const Gradients& gradients, const MeanGradients& actual) {
  const auto given = matrices_at(place, gradients);
  const Twin twin(kRank, matrix_at(place, actual[0]));
  const auto expected = results_of(twin, given), moved = results_of(twin, shaken(given));
  double allowed = 0;
  for (std::size_t step = 0; step < expected.size(); ++step) {
    allowed = std::max(allowed, 8 * greatest_difference(expected[step], moved[step]));
  }
  EXPECT_LT(allowed, 1e-2) << "too much to tell right from wrong";
  for (std::size_t step = 0; step < expected.size(); ++step) {
    EXPECT_LT(greatest_difference(matrix_at(place, actual[step]), expected[step]), allowed)
        << "step " << step << ", tensor at " << place.begin;
  }
}

/// Tensors that travel whole: sums of whole numbers, so exact.
void expect_mean(const TensorPlace& place, const Gradients& gradients, const MeanGradients& actual) {
  for (std::size_t step = 0; step < gradients.size(); ++step) {
    const auto expected = twin::mean(matrices_at(place, gradients)[step]);
    EXPECT_EQ(matrix_at(place, actual[step]).data, expected.data) << "step " << step << ", tensor at " << place.begin;
  }
}

template <class Twin>
void expect_twins(const Method& method) {
  const Dnn dnn = small_matrices();
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Gradients gradients = whole_gradients(seed, kSteps, 4, dnn.parameter_count());
    const MeanGradients actual = mean_gradients(dnn, method, gradients);
    int compressed = 0;
    for (const TensorPlace& place : tensor_places(dnn)) {
      if (!is_compressed(place, kRank)) {
        expect_mean(place, gradients, actual);
        continue;
      }
      expect_twin<Twin>(place, gradients, actual);
      ++compressed;
    }
    EXPECT_EQ(compressed, 3);
  }
}

TEST(LowRankPrograms, PowerSgdIsItsTwin) { expect_twins<twin::PowerSgd>(*method_with("power-sgd", {{"rank", double{kRank}}})); }

TEST(LowRankPrograms, AcpSgdIsItsTwin) { expect_twins<twin::AcpSgd>(*method_with("acp-sgd", {{"rank", double{kRank}}})); }

// Schedules say when factors travel, not what they are.
TEST(LowRankPrograms, BucketsChangeNoNumber) {
  const Dnn dnn = small_matrices();
  const Gradients gradients = whole_gradients(1, kSteps, 3, dnn.parameter_count());
  const auto power = [&](const char* schedule) {
    return mean_gradients(
        dnn, *method_with("power-sgd", {{"schedule", std::string(schedule)}, {"first_bucket_mib", 0.001}, {"bucket_mib", 0.001}}),
        gradients);
  };
  EXPECT_EQ(power("bsp"), power("wfbp"));
  EXPECT_EQ(power("bsp"), power("ddp"));
  const auto acp = [&](double mib, const char* schedule) {
    return mean_gradients(
        dnn, *method_with("acp-sgd", {{"schedule", std::string(schedule)}, {"first_bucket_mib", mib}, {"bucket_mib", mib}}),
        gradients);
  };
  EXPECT_EQ(acp(25, "ddp"), acp(0.001, "ddp"));
  EXPECT_EQ(acp(25, "ddp"), acp(25, "serial"));
}

// PyTorch's hook sends the same in other messages. Factors of rank 2 of the small matrices are 240/68, 108/48 and 320/72 times as
// small as they are: at a rate of 3 the second goes whole.
TEST(LowRankPrograms, TheHookComputesWhatThePaperDoes) {
  const Dnn dnn = small_matrices();
  const Gradients gradients = whole_gradients(1, kSteps, 3, dnn.parameter_count());
  const auto hook = [](double rate) {
    return method_with("power-sgd", {{"rank", double{kRank}},
                                     {"schedule", std::string("ddp")},
                                     {"form", std::string("hook")},
                                     {"min_compression_rate", rate}});
  };
  const auto paper = method_with("power-sgd", {{"rank", double{kRank}}});
  EXPECT_EQ(mean_gradients(dnn, *hook(1), gradients), mean_gradients(dnn, *paper, gradients));
  EXPECT_EQ(hook(2)->payload(dnn).all_reduce_bytes, paper->payload(dnn).all_reduce_bytes);
  EXPECT_EQ(hook(3)->payload(dnn).all_reduce_bytes, paper->payload(dnn).all_reduce_bytes + 4 * (108 - 48));
}

// Ten matrices of 100 x 100 at rank 2: P or Q has 800 bytes, 1/50 of a matrix. A limit of 0.1 MiB, scaled, is 2,097 bytes, which the
// third factor of a bucket reaches: buckets of 3, 3, 3 and 1.
TEST(LowRankPrograms, AcpSgdScalesTheFusionLimitByTheCompressionRatio) {
  const Dnn dnn = dnn_of_tensors(std::vector<std::vector<std::int64_t>>(10, {100, 100}));
  DeviceProfile device;
  device.flops_per_second = 1e12;
  device.memory = Bandwidth::bytes_per_second(1e12);
  NetworkProfile network;
  network.cluster = network::star(2, {Bandwidth::bytes_per_second(1e6), Time::zero()});
  sim::MemoryTrace trace;
  TimelineSetup setup;
  setup.dnn = &dnn;
  setup.device = &device;
  setup.sink = &trace;
  play(setup, *method_with("acp-sgd", {{"rank", double{kRank}}, {"first_bucket_mib", 0.1}, {"bucket_mib", 0.1}}), network);
  std::vector<std::int64_t> bytes;  // of the first P of each bucket that a worker sends
  for (const sim::Span& span : trace.spans) {
    if (span.name == "all-reduce P" && span.track == trace.spans[0].track) bytes.push_back(span.bytes.count());
  }
  EXPECT_EQ(bytes,
            (std::vector<std::int64_t>{2400, 2400, 2400, 800, 2400, 2400, 2400, 800}));  // steps 1 and 3 of the trace's four
}

// The three compressed matrices of one bucket, on a device of which only launches take time: 1 us each. Power-SGD adds the error,
// multiplies, orthogonalizes, multiplies, and makes product and error: six operations; ACP-SGD leaves one multiplication out. The
// first is one launch for the bucket in any case; the others are one, or one a matrix, of which the QR is 22.
TEST(LowRankPrograms, KernelsOneByOneLaunchOnceAMatrix) {
  const Dnn dnn = small_matrices();
  DeviceProfile device;
  device.flops_per_second = 1e24;
  device.memory = Bandwidth::bytes_per_second(1e24);
  device.launch = Time::microseconds(1);
  NetworkProfile network;
  network.cluster = network::star(2, {Bandwidth::bytes_per_second(1e9), Time::zero()});
  TimelineSetup setup;
  setup.dnn = &dnn;
  setup.device = &device;
  const auto launches = [&](const char* method, const char* kernels) {
    const auto made = method_with(
        method, {{"rank", double{kRank}}, {"schedule", std::string("bsp")}, {"kernels", std::string(kernels)}});
    return std::llround(1e6 * play(setup, *made, network).breakdown.compression);
  };
  EXPECT_EQ(launches("power-sgd", "batched"), 6);
  EXPECT_EQ(launches("power-sgd", "one-by-one"), 1 + 3 * (4 + kQrLaunches));
  EXPECT_EQ(launches("acp-sgd", "batched"), 5);
  EXPECT_EQ(launches("acp-sgd", "one-by-one"), 1 + 3 * (3 + kQrLaunches));
  EXPECT_EQ(method_with("acp-sgd", {{"kernels", std::string("one-by-one")}})->trajectory_key(), method_with("acp-sgd")->trajectory_key());
}

}  // namespace
}  // namespace syncline::models
