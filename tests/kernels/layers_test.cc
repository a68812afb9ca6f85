// The layers' operations: each backend against the reference, and the reference against what the operations mean.
#include <numeric>

#include "kernels/average/average.h"
#include "kernels/average_pool/average_pool.h"
#include "kernels/conv/conv.h"
#include "kernels/dense/dense.h"
#include "kernels/max_pool/max_pool.h"
#include "kernels/relu/relu.h"
#include "kernels/residual/residual.h"
#include "kernels/sgd/sgd.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"
#include "tests/kernels/backend_cases.h"

namespace syncline::kernels {
namespace {

int one_of(RandomCase& random, std::initializer_list<int> choices) {
  return choices.begin()[random.below(static_cast<std::int64_t>(choices.size()))];
}

Replicas random_replicas(RandomCase& random) { return {one_of(random, {1, 2, 3, 5}), one_of(random, {0, 1, 4, 7, 16, 32, 33})}; }

ConvShape random_conv(RandomCase& random) {
  const int kernel = one_of(random, {1, 2, 3, 5, 7});
  return {one_of(random, {1, 2, 3}),
          kernel + static_cast<int>(random.below(7)),
          kernel + static_cast<int>(random.below(7)),
          one_of(random, {1, 2, 7, 13}),
          kernel,
          one_of(random, {1, 2, 3}),
          one_of(random, {0, 1, 2, 3})};
}

class Layers : public AgainstReference {
 protected:
  using Host = std::vector<std::vector<std::vector<float>>>;  // [array][replica][element]

  /// What run(device, in, out) writes to out[i], rows of the given lengths, from in[i]: [array][element], with the gaps.
  template <class Run>
  static std::vector<std::vector<float>> results(const Device& device, int count, const Host& in,
                                                 std::initializer_list<std::int64_t> outputs, const Run& run) {
    std::vector<Rows<float>> from, to;
    for (const auto& rows : in) from.emplace_back(device, rows);
    for (const std::int64_t n : outputs) to.emplace_back(device, count, n, -77.0F);
    run(device, from, to);
    std::vector<std::vector<float>> host;
    for (const auto& rows : to) host.push_back(rows.host());
    return host;
  }
  static Host random_inputs(RandomCase& random, int count, std::initializer_list<std::int64_t> lengths, Values kind) {
    Host in;
    for (const std::int64_t n : lengths) in.push_back(random.rows(count, n, kind));
    return in;
  }

  /// The same operation on both devices gives the same bits; of small whole numbers, whose sums are exact in any order, it must
  /// whatever that order is.
  template <class Run>
  static void compare(const Device& reference, const Device& device, RandomCase& random, int count,
                      std::initializer_list<std::int64_t> inputs, std::initializer_list<std::int64_t> outputs, const Run& run,
                      Values kind = Values::whole) {
    const Host in = random_inputs(random, count, inputs, kind);
    const auto expected = results(reference, count, in, outputs, run), actual = results(device, count, in, outputs, run);
    for (std::size_t i = 0; i < expected.size(); ++i) expect_same(actual[i], expected[i], "output");
  }

  /// The same operation on both devices, where each output is a sum of at most `terms` products in any order, rounded once per
  /// product and addition, or once for both: each is within terms * 2^-24 (and a little more, of higher order) of the exact sum,
  /// in units of the sum of the terms' magnitudes. That sum is what the operation makes of the inputs' magnitudes. A device that
  /// rounds factors by a part u rounds each term by 2 u + u^2 more.
  template <class Run>
  static void compare_sums(const Device& reference, const Device& device, RandomCase& random, int count, std::int64_t terms,
                           std::initializer_list<std::int64_t> inputs, std::initializer_list<std::int64_t> outputs,
                           const Run& run) {
    Host in = random_inputs(random, count, inputs, Values::normal);
    const auto expected = results(reference, count, in, outputs, run), actual = results(device, count, in, outputs, run);
    for (auto& rows : in) {
      for (auto& row : rows) std::transform(row.begin(), row.end(), row.begin(), [](float x) { return std::fabs(x); });
    }
    const auto magnitudes = results(reference, count, in, outputs, run);
    const double u = device.math() == Math::tf32 ? 0x1p-11 : device.math() == Math::bf16 ? 0x1p-8 : 0;
    const double bound = (2.0 * static_cast<double>(terms + 1) * 0x1p-24 + 2 * u + u * u) * 1.01;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      for (std::size_t j = 0; j < expected[i].size(); ++j) {
        ASSERT_NEAR(actual[i][j], expected[i][j], bound * std::fabs(magnitudes[i][j])) << "output " << i << '[' << j << ']';
      }
    }
  }

  static void check_dense(const Device& reference, const Device& device, RandomCase& random, const DenseShape& shape,
                          Replicas replicas) {
    const std::int64_t x = std::int64_t{shape.in} * replicas.batch, y = std::int64_t{shape.out} * replicas.batch;
    const std::int64_t w = std::int64_t{shape.in} * shape.out, terms = std::max({shape.in + 1, shape.out, replicas.batch});
    const bool shares = random.below(3) == 0, biased = random.below(4) > 0;
    const auto run = [&](const Device& on, auto& in, auto& out) {
      const Strided<const float> weights{in[2].read().data, shares ? 0 : in[2].read().stride};
      dense_forward(on, shape, replicas, in[0].read(), weights, biased ? in[3].read() : Strided<const float>{}, out[0].all());
      dense_backward_input(on, shape, replicas, in[1].read(), weights, out[1].all());
      dense_backward_weights(on, shape, replicas, in[0].read(), in[1].read(), out[2].all(),
                             biased ? out[3].all() : Strided<float>{});
    };
    compare(reference, device, random, replicas.count, {x, y, w, shape.out}, {y, x, w, shape.out}, run);
    compare_sums(reference, device, random, replicas.count, terms, {x, y, w, shape.out}, {y, x, w, shape.out}, run);
  }

  static void check_conv(const Device& reference, const Device& device, RandomCase& random, const ConvShape& shape,
                         Replicas replicas) {
    const std::int64_t x = std::int64_t{shape.in_channels} * shape.height * shape.width * replicas.batch;
    const std::int64_t y = std::int64_t{shape.out_channels} * shape.out_height() * shape.out_width() * replicas.batch;
    const std::int64_t taps = std::int64_t{shape.kernel} * shape.kernel, w = shape.out_channels * shape.in_channels * taps;
    const std::int64_t terms = std::max({shape.in_channels * taps + 1, shape.out_channels * taps, y / shape.out_channels});
    const bool shares = random.below(3) == 0, biased = random.below(4) > 0;
    const auto run = [&](const Device& on, auto& in, auto& out) {
      const Strided<const float> weights{in[2].read().data, shares ? 0 : in[2].read().stride};
      conv_forward(on, shape, replicas, in[0].read(), weights, biased ? in[3].read() : Strided<const float>{}, out[0].all());
      conv_backward_input(on, shape, replicas, in[1].read(), weights, out[1].all());
      conv_backward_weights(on, shape, replicas, in[0].read(), in[1].read(), out[2].all(),
                            biased ? out[3].all() : Strided<float>{});
    };
    compare(reference, device, random, replicas.count, {x, y, w, shape.out_channels}, {y, x, w, shape.out_channels}, run);
    compare_sums(reference, device, random, replicas.count, terms, {x, y, w, shape.out_channels}, {y, x, w, shape.out_channels},
                 run);
  }
};

TEST_P(Layers, DenseIsWhatTheReferenceSays) {
  for_seeds(60, [](const Device& reference, const Device& device, RandomCase& random) {
    const DenseShape shape{one_of(random, {1, 3, 16, 17, 84}), one_of(random, {1, 2, 7, 13})};
    check_dense(reference, device, random, shape, random_replicas(random));
  });
}

TEST_P(Layers, ConvIsWhatTheReferenceSays) {
  for_seeds(100, [](const Device& reference, const Device& device, RandomCase& random) {
    check_conv(reference, device, random, random_conv(random), random_replicas(random));
  });
}

// What is not finite reaches every sum that it is a term of, and no other: there are NaN and infinities among the inputs and the
// gradients, not among the weights, which padding's zeros are multiplied by.
TEST_P(Layers, DenseAndConvPassOnWhatIsNotFinite) {
  for_seeds(20, [](const Device& reference, const Device& device, RandomCase& random) {
    const Replicas replicas = random_replicas(random);
    const ConvShape conv = random_conv(random);
    const DenseShape dense{one_of(random, {1, 17, 84}), one_of(random, {1, 7})};
    const std::int64_t x = std::int64_t{conv.in_channels} * conv.height * conv.width * replicas.batch;
    const std::int64_t y = std::int64_t{conv.out_channels} * conv.out_height() * conv.out_width() * replicas.batch;
    const std::int64_t w = std::int64_t{conv.out_channels} * conv.in_channels * conv.kernel * conv.kernel;
    const std::int64_t in = std::int64_t{dense.in} * replicas.batch, out = std::int64_t{dense.out} * replicas.batch;
    Host arrays = random_inputs(random, replicas.count, {x, y, w, in, out, std::int64_t{dense.in} * dense.out}, Values::normal);
    for (const std::size_t special : {0, 1, 3, 4}) {
      for (auto& row : arrays[special]) {
        for (float& value : row) {
          if (random.below(50) == 0) value = random.below(2) == 0 ? std::numeric_limits<float>::infinity() : std::nanf("");
        }
      }
    }
    const auto run = [&](const Device& on, auto& from, auto& to) {
      conv_forward(on, conv, replicas, from[0].read(), from[2].read(), {}, to[0].all());
      conv_backward_input(on, conv, replicas, from[1].read(), from[2].read(), to[1].all());
      dense_forward(on, dense, replicas, from[3].read(), from[5].read(), {}, to[2].all());
      dense_backward_input(on, dense, replicas, from[4].read(), from[5].read(), to[3].all());
    };
    const auto expected = results(reference, replicas.count, arrays, {y, x, out, in}, run);
    const auto actual = results(device, replicas.count, arrays, {y, x, out, in}, run);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      for (std::size_t j = 0; j < expected[i].size(); ++j) {
        ASSERT_EQ(std::isnan(actual[i][j]), std::isnan(expected[i][j])) << "output " << i << '[' << j << ']';
        ASSERT_EQ(std::isinf(actual[i][j]), std::isinf(expected[i][j])) << "output " << i << '[' << j << ']';
      }
    }
  });
}

// Channels around the sizes of a GPU kernel's tiles, and sums so long that it makes them in parts.
TEST_P(Layers, WideConvIsWhatTheReferenceSays) {
  for_seeds(8, [](const Device& reference, const Device& device, RandomCase& random) {
    const int kernel = one_of(random, {1, 3}), stride = one_of(random, {1, 2});
    const ConvShape shape{
        one_of(random, {15, 17, 33, 65}), 5, 6, one_of(random, {16, 32, 33, 64, 67}), kernel, stride, kernel / 2};
    check_conv(reference, device, random, shape, {2, one_of(random, {3, 20, 32})});
  });
}

TEST_P(Layers, LongSumsOfConvAreWhatTheReferenceSays) {
  for_seeds(3, [](const Device& reference, const Device& device, RandomCase& random) {
    const Replicas replicas{2, one_of(random, {19, 32, 48})};  // up to 69,312 terms: more than 64 parts of 512, and of 1,024
    check_conv(reference, device, random, {1, 38, 38, one_of(random, {1, 5}), 3, 1, 1}, replicas);
  });
}

TEST_P(Layers, MaxPoolIsWhatTheReferenceSays) {
  for_seeds(60, [](const Device& reference, const Device& device, RandomCase& random) {
    const Replicas replicas = random_replicas(random);
    const int size = one_of(random, {1, 2, 3, 5}), padding = static_cast<int>(random.below(size / 2 + 1));
    const int least = std::max(1, size - 2 * padding);
    const PoolShape shape{one_of(random, {1, 2, 5}),
                          least + static_cast<int>(random.below(7)),
                          least + static_cast<int>(random.below(7)),
                          size,
                          one_of(random, {1, 2, 3}),
                          padding};
    const std::int64_t y = std::int64_t{shape.channels} * shape.out_height() * shape.out_width() * replicas.batch;
    const std::int64_t x = std::int64_t{shape.channels} * shape.height * shape.width * replicas.batch;
    std::vector<std::vector<std::uint8_t>> winners;
    const auto run = [&](const Device& on, auto& in, auto& out) {
      Rows<std::uint8_t> winner(on, replicas.count, y, 99);
      max_pool_forward(on, shape, replicas, in[0].read(), out[0].all(), winner.all());
      max_pool_backward(on, shape, replicas, in[1].read(), winner.read(), out[1].all());
      winners.push_back(winner.host());
    };
    compare(reference, device, random, replicas.count, {x, y}, {y, x}, run, random.kind());
    EXPECT_EQ(winners.front(), winners.back());
  });
}

TEST_P(Layers, ElementwiseOperationsAreWhatTheReferenceSays) {
  for_seeds(60, [](const Device& reference, const Device& device, RandomCase& random) {
    const Replicas replicas = random_replicas(random);
    const int features = one_of(random, {1, 5, 97, 301}), pixels = one_of(random, {1, 4, 7});
    const std::int64_t n = std::int64_t{features} * replicas.batch;
    const SgdParameters parameters{0.1F, random.below(2) == 0 ? 0.0F : 0.9F, 0.01F};
    const auto run = [&](const Device& on, auto& in, auto& out) {
      relu_forward(on, features, replicas, in[0].read(), out[0].all());
      relu_backward(on, features, replicas, in[0].read(), in[1].read(), out[1].all());
      residual_forward(on, features, replicas, in[0].read(), in[1].read(), in[2].read(), out[2].all());
      residual_backward(on, features, replicas, in[0].read(), in[1].read(), in[2].read(), out[3].all(), out[4].all());
      average_pool_forward(on, features, pixels, replicas, in[3].read(), out[5].all());
      average_pool_backward(on, features, pixels, replicas, in[0].read(), out[6].all());
      const Strided<float> velocity = parameters.momentum == 0 ? Strided<float>{} : out[7].all();
      sgd_update(on, replicas.count, n, parameters, in[0].read(), velocity, out[8].all());
      average(on, replicas.count, n, in[0].read(), out[9].all().data);
    };
    compare(reference, device, random, replicas.count, {n, n, 1, n * pixels}, {n, n, n, n, 1, n, n * pixels, n, n, n}, run,
            random.kind());
  });
}

// More block sums than a GPU's block has threads.
TEST_P(Layers, LongSumsOfResidualAreWhatTheReferenceSays) {
  for_seeds(2, [](const Device& reference, const Device& device, RandomCase& random) {
    const std::int64_t n = 257 * 4096 + random.below(4096);
    const auto run = [&](const Device& on, auto& in, auto& out) {
      residual_backward(on, n, {1, 1}, in[0].read(), in[1].read(), in[2].read(), out[0].all(), out[1].all());
    };
    compare(reference, device, random, 1, {n, n, 1}, {n, 1}, run, Values::normal);
  });
}

// Whole numbers below 2^7 are rounded to themselves.
TEST_P(Layers, MayRoundFactors) {
  for_seeds(4, [](const Device& reference, const Device& device, RandomCase& random) {
    for (const Math math : {Math::tf32, Math::bf16}) {
      const Device rounding = device.with_math(math);
      EXPECT_EQ(rounding.math(), math);
      EXPECT_EQ(device.math(), Math::fp32);
      check_dense(reference, rounding, random, {64, 13}, {2, 32});
      check_conv(reference, rounding, random, random_conv(random), random_replicas(random));
      const ConvShape wide{one_of(random, {15, 33}), 5, 6, one_of(random, {32, 33, 67}), 3, one_of(random, {1, 2}), 1};
      check_conv(reference, rounding, random, wide, {2, one_of(random, {3, 20, 32})});
    }
  });
}

// 1 + 2^-9 is a number of TF32, not of bf16; 1 + 2^-12 of neither.
TEST_P(Layers, ConvRoundsAsItIsToldTo) {
  if (GetParam() != Backend::cuda) GTEST_SKIP() << "only a GPU rounds factors";
  const Device device = Device::open(GetParam());
  const auto product = [&](Math math, float factor) {
    Buffer<float> x(device, 1), w(device, 1), y(device, 1);
    x.fill(factor);
    w.fill(1);
    conv_forward(device.with_math(math), {1, 1, 1, 1, 1, 1, 0}, {1, 1}, {x.data(), 1}, {w.data(), 1}, {}, {y.data(), 1});
    return y.download()[0];
  };
  EXPECT_EQ(product(Math::fp32, 1 + 0x1p-12F), 1 + 0x1p-12F);
  EXPECT_EQ(product(Math::tf32, 1 + 0x1p-12F), 1);
  EXPECT_EQ(product(Math::tf32, 1 + 0x1p-9F), 1 + 0x1p-9F);
  EXPECT_EQ(product(Math::bf16, 1 + 0x1p-9F), 1);
}

// As ReplicaNetwork has it: what is read is written.
TEST_P(Layers, ElementwiseOperationsWorkInPlace) {
  for_seeds(20, [](const Device& reference, const Device& device, RandomCase& random) {
    const Replicas replicas = random_replicas(random);
    const int features = one_of(random, {1, 5, 301});
    const std::int64_t n = std::int64_t{features} * replicas.batch;
    const auto run = [&](const Device& on, auto& in, auto& out) {
      relu_forward(on, features, replicas, in[0].read(), in[0].all());
      relu_backward(on, features, replicas, in[0].read(), in[1].read(), in[1].all());
      residual_forward(on, features, replicas, in[1].read(), in[2].read(), in[3].read(), in[1].all());
      residual_backward(on, features, replicas, in[1].read(), in[2].read(), in[3].read(), in[2].all(), out[2].all());
      broadcast_copy(on, 1, n, in[1].read().data, out[0].all());
      broadcast_copy(on, 1, n, in[2].read().data, out[1].all());
    };
    compare(reference, device, random, replicas.count, {n, n, n, 1}, {n, n, 1}, run, random.kind());
  });
}

// exp and log are the backend's own, good to 2 units in the last place; the sum of `classes` exponentials adds as many
// roundings. Probabilities and the gradient's parts are at most 1, the logarithm at most that of `classes`.
TEST_P(Layers, SoftmaxCrossEntropyIsWhatTheReferenceSays) {
  for_seeds(60, [](const Device& reference, const Device& device, RandomCase& random) {
    const Replicas replicas = {one_of(random, {1, 2, 3, 5}), one_of(random, {1, 4, 31, 32, 33, 300})};
    const int classes = one_of(random, {1, 2, 10, 17, 256});
    const std::int64_t n = std::int64_t{classes} * replicas.batch;
    const auto logits = random.rows(replicas.count, n, random.kind());
    std::vector<std::uint8_t> labels(static_cast<std::size_t>(replicas.count * replicas.batch));
    for (std::uint8_t& label : labels) label = static_cast<std::uint8_t>(random.below(classes));
    const bool in_place = random.below(2) == 0;
    const auto run = [&](const Device& on) {
      Rows<float> x(on, logits), gradient(on, replicas.count, n, -77.0F);
      Rows<float>& to = in_place ? x : gradient;
      Buffer<std::uint8_t> label(on, labels.size());
      Buffer<float> loss(on, static_cast<std::size_t>(replicas.count));
      Buffer<std::int32_t> correct(on, static_cast<std::size_t>(replicas.count));
      label.upload(labels);
      softmax_cross_entropy(on, classes, replicas, x.read(), label.data(), to.all(), loss.data(), correct.data());
      return std::tuple(to.host(), loss.download(), correct.download());
    };
    const auto [gradient, loss, correct] = run(device);
    const auto [expected_gradient, expected_loss, expected_correct] = run(reference);
    const double rounding = (classes + 8) * 0x1p-23;
    const auto expect_near = [&](float actual, float expected, double bound) {
      if (same(actual, expected)) return;  // NaN and infinities, too
      ASSERT_NEAR(actual, expected, bound);
    };
    for (std::size_t i = 0; i < gradient.size(); ++i) expect_near(gradient[i], expected_gradient[i], rounding / replicas.batch);
    for (std::size_t r = 0; r < loss.size(); ++r) {
      expect_near(loss[r], expected_loss[r], rounding * std::max(1.0, std::log(classes)) + 0x1p-23 * std::fabs(expected_loss[r]));
    }
    EXPECT_EQ(correct, expected_correct);
  });
}

INSTANTIATE_TEST_SUITE_P(Backends, Layers, testing::Values(Backend::cpu, Backend::cuda), backend_label);

double dot(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// A convolution is linear in its input and in its weights, so (y, dy) = (x, dx) = (w, dw); in whole numbers, exactly.
TEST(Conv, BackwardIsTheTransposeOfForward) {
  RandomCase random(1);
  for (const Backend backend : {Backend::reference, Backend::cpu}) {
    for (const int stride : {1, 2, 3}) {
      for (const int padding : {0, 1, 2}) {
        const Device device = Device::open(backend);
        const ConvShape shape{2, 7, 8, 3, 3, stride, padding};
        const auto x = random.values(2 * 7 * 8, Values::whole), w = random.values(3 * 2 * 3 * 3, Values::whole);
        const auto dy = random.values(std::int64_t{3} * shape.out_height() * shape.out_width(), Values::whole);
        std::vector<float> y(dy.size()), dx(x.size()), dw(w.size()), dbias(3);
        conv_forward(device, shape, {1, 1}, {x.data(), 0}, {w.data(), 0}, {}, {y.data(), 0});
        conv_backward_input(device, shape, {1, 1}, {dy.data(), 0}, {w.data(), 0}, {dx.data(), 0});
        conv_backward_weights(device, shape, {1, 1}, {x.data(), 0}, {dy.data(), 0}, {dw.data(), 0}, {dbias.data(), 0});
        EXPECT_EQ(dot(x, dx), dot(y, dy)) << name_of(backend) << ", stride " << stride << ", padding " << padding;
        EXPECT_EQ(dot(w, dw), dot(y, dy)) << name_of(backend) << ", stride " << stride << ", padding " << padding;
      }
    }
  }
}

// The pixels of channel 0 are 1 2 and 3 6 for the two samples, those of channel 1 are -4 0 and 8 4.
TEST(AveragePool, IsTheMeanOfAChannelsPixels) {
  const std::vector<float> x{1, 3, 2, 6, -4, 8, 0, 4};  // [channel][pixel][sample]
  const std::vector<float> dy{1, -2, 8, 0};             // [channel][sample]
  for (const Backend backend : {Backend::reference, Backend::cpu}) {
    std::vector<float> y(4), dx(8);
    average_pool_forward(Device::open(backend), 2, 2, {1, 2}, {x.data(), 0}, {y.data(), 0});
    EXPECT_EQ(y, (std::vector<float>{1.5F, 4.5F, -2, 6}));
    average_pool_backward(Device::open(backend), 2, 2, {1, 2}, {dy.data(), 0}, {dx.data(), 0});
    EXPECT_EQ(dx, (std::vector<float>{0.5F, -1, 0.5F, -1, 4, 0, 4, 0}));
  }
}

TEST(MaxPool, TheFirstMaximumWinsAndNanBeatsAll) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> x{2, nan, 2, 1, 1, 5, 0, nan};  // [pixel][sample]: 2 2 1 0 and NaN 1 5 NaN
  for (const Backend backend : {Backend::reference, Backend::cpu}) {
    std::vector<float> y(2);
    std::vector<std::uint8_t> winner(2);
    max_pool_forward(Device::open(backend), {1, 2, 2, 2, 2}, {1, 2}, {x.data(), 0}, {y.data(), 0}, {winner.data(), 0});
    EXPECT_EQ(y[0], 2);
    EXPECT_TRUE(std::isnan(y[1]));
    EXPECT_EQ(winner, (std::vector<std::uint8_t>{0, 3}));
  }
}

// Padding would be larger than any pixel were it 0, and equal to some were it -infinity.
TEST(MaxPool, PaddingNeverWins) {
  const float least = -std::numeric_limits<float>::infinity();
  const std::vector<float> x{least, -2, least, least, -3, -1}, dy{1, 2, 4, 8};  // [row][column] of 2 x 3
  for (const Backend backend : {Backend::reference, Backend::cpu}) {
    std::vector<float> y(4), dx(6);
    std::vector<std::uint8_t> winner(4);
    const Device device = Device::open(backend);
    const PoolShape shape{1, 2, 3, 2, 2, 1};  // windows of rows -1 0 and 1 2, columns -1 0 and 1 2
    max_pool_forward(device, shape, {1, 1}, {x.data(), 0}, {y.data(), 0}, {winner.data(), 0});
    EXPECT_EQ(y, (std::vector<float>{least, -2, least, -1}));
    EXPECT_EQ(winner, (std::vector<std::uint8_t>{3, 2, 1, 1}));
    max_pool_backward(device, shape, {1, 1}, {dy.data(), 0}, {winner.data(), 0}, {dx.data(), 0});
    EXPECT_EQ(dx, (std::vector<float>{1, 2, 0, 4, 0, 8}));
  }
}

TEST(SoftmaxCrossEntropy, EqualLogitsShareTheirMass) {
  const std::vector<float> logits(4, 1000.0F);  // of one sample; far beyond exp's range if not shifted
  const std::uint8_t label = 2;
  for (const Backend backend : {Backend::reference, Backend::cpu}) {
    std::vector<float> gradient(4);
    float loss = 0;
    std::int32_t correct = -1;
    softmax_cross_entropy(Device::open(backend), 4, {1, 1}, {logits.data(), 0}, &label, {gradient.data(), 0}, &loss, &correct);
    EXPECT_FLOAT_EQ(loss, std::log(4.0F));
    EXPECT_EQ(gradient, (std::vector<float>{0.25F, 0.25F, -0.75F, 0.25F}));
    EXPECT_EQ(correct, 0);  // the first of the largest is not the label
  }
}

TEST(Sgd, VelocityGoesWithMomentum) {
  float w = 0, g = 1;
  EXPECT_THROW(sgd_update(Device::open(Backend::cpu), 1, 1, {0.1F, 0.9F, 0}, {&g, 0}, {}, {&w, 0}), KernelError);
}

}  // namespace
}  // namespace syncline::kernels
