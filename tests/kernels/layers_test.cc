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

Replicas random_replicas(RandomCase& random) { return {one_of(random, {1, 2, 3, 5}), one_of(random, {1, 7, 16, 32, 33})}; }

ConvShape random_conv(RandomCase& random) {
  const int kernel = one_of(random, {1, 2, 3, 5});
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
  /// The same operation on both devices, on small whole numbers, whose sums are exact in any order: the same bits.
  /// run(device, in, out) reads in[i] and writes out[i] of the given lengths per replica.
  template <class Run>
  static void compare(const Device& reference, const Device& device, RandomCase& random, int count,
                      std::initializer_list<std::int64_t> inputs, std::initializer_list<std::int64_t> outputs, const Run& run) {
    std::vector<std::vector<std::vector<float>>> in;
    for (const std::int64_t n : inputs) in.push_back(random.rows(count, n, Values::whole));
    const auto results = [&](const Device& on) {
      std::vector<Rows<float>> from, to;
      for (const auto& rows : in) from.emplace_back(on, rows);
      for (const std::int64_t n : outputs) to.emplace_back(on, count, n, -77.0F);
      run(on, from, to);
      std::vector<std::vector<float>> host;
      for (const auto& rows : to) host.push_back(rows.host());
      return host;
    };
    const auto expected = results(reference), actual = results(device);
    for (std::size_t i = 0; i < expected.size(); ++i) expect_same(actual[i], expected[i], "output");
  }
};

TEST_P(Layers, DenseIsWhatTheReferenceSays) {
  for_seeds(60, [](const Device& reference, const Device& device, RandomCase& random) {
    const Replicas replicas = random_replicas(random);
    const DenseShape shape{one_of(random, {1, 3, 16, 17, 84}), one_of(random, {1, 2, 7, 13})};
    const std::int64_t x = std::int64_t{shape.in} * replicas.batch, y = std::int64_t{shape.out} * replicas.batch;
    const std::int64_t w = std::int64_t{shape.in} * shape.out;
    compare(reference, device, random, replicas.count, {x, y, w, shape.out}, {y, x, w, shape.out},
            [&](const Device& on, auto& in, auto& out) {
              dense_forward(on, shape, replicas, in[0].read(), in[2].read(), in[3].read(), out[0].all());
              dense_backward_input(on, shape, replicas, in[1].read(), in[2].read(), out[1].all());
              dense_backward_weights(on, shape, replicas, in[0].read(), in[1].read(), out[2].all(), out[3].all());
            });
  });
}

TEST_P(Layers, ConvIsWhatTheReferenceSays) {
  for_seeds(100, [](const Device& reference, const Device& device, RandomCase& random) {
    const Replicas replicas = random_replicas(random);
    const ConvShape shape = random_conv(random);
    const std::int64_t x = std::int64_t{shape.in_channels} * shape.height * shape.width * replicas.batch;
    const std::int64_t y = std::int64_t{shape.out_channels} * shape.out_height() * shape.out_width() * replicas.batch;
    const std::int64_t w = std::int64_t{shape.out_channels} * shape.in_channels * shape.kernel * shape.kernel;
    compare(reference, device, random, replicas.count, {x, y, w, shape.out_channels}, {y, x, w, shape.out_channels},
            [&](const Device& on, auto& in, auto& out) {
              conv_forward(on, shape, replicas, in[0].read(), in[2].read(), in[3].read(), out[0].all());
              conv_backward_input(on, shape, replicas, in[1].read(), in[2].read(), out[1].all());
              conv_backward_weights(on, shape, replicas, in[0].read(), in[1].read(), out[2].all(), out[3].all());
            });
  });
}

TEST_P(Layers, MaxPoolIsWhatTheReferenceSays) {
  for_seeds(60, [](const Device& reference, const Device& device, RandomCase& random) {
    const Replicas replicas = random_replicas(random);
    const int size = one_of(random, {1, 2, 3});
    const PoolShape shape{one_of(random, {1, 2, 5}), size + static_cast<int>(random.below(7)),
                          size + static_cast<int>(random.below(7)), size, one_of(random, {1, 2, 3})};
    const std::int64_t y = std::int64_t{shape.channels} * shape.out_height() * shape.out_width() * replicas.batch;
    const std::int64_t x = std::int64_t{shape.channels} * shape.height * shape.width * replicas.batch;
    compare(reference, device, random, replicas.count, {x, y}, {y, x}, [&](const Device& on, auto& in, auto& out) {
      Rows<std::uint8_t> winner(on, replicas.count, y);
      max_pool_forward(on, shape, replicas, in[0].read(), out[0].all(), winner.all());
      max_pool_backward(on, shape, replicas, in[1].read(), winner.read(), out[1].all());
    });
  });
}

TEST_P(Layers, ElementwiseOperationsAreWhatTheReferenceSays) {
  for_seeds(60, [](const Device& reference, const Device& device, RandomCase& random) {
    const Replicas replicas = random_replicas(random);
    const int features = one_of(random, {1, 5, 97, 301}), pixels = one_of(random, {1, 4, 7});
    const std::int64_t n = std::int64_t{features} * replicas.batch;
    const SgdParameters parameters{0.1F, random.below(2) == 0 ? 0.0F : 0.9F, 0.01F};
    compare(reference, device, random, replicas.count, {n, n, 1, n * pixels}, {n, n, n, n, 1, n, n * pixels, n, n, n},
            [&](const Device& on, auto& in, auto& out) {
              relu_forward(on, features, replicas, in[0].read(), out[0].all());
              relu_backward(on, features, replicas, in[0].read(), in[1].read(), out[1].all());
              residual_forward(on, features, replicas, in[0].read(), in[1].read(), in[2].read(), out[2].all());
              residual_backward(on, features, replicas, in[0].read(), in[1].read(), in[2].read(), out[3].all(), out[4].all());
              average_pool_forward(on, features, pixels, replicas, in[3].read(), out[5].all());
              average_pool_backward(on, features, pixels, replicas, in[0].read(), out[6].all());
              const Strided<float> velocity = parameters.momentum == 0 ? Strided<float>{} : out[7].all();
              sgd_update(on, replicas.count, n, parameters, in[0].read(), velocity, out[8].all());
              average(on, replicas.count, n, in[0].read(), out[9].all().data);
            });
  });
}

INSTANTIATE_TEST_SUITE_P(Backends, Layers, testing::Values(Backend::cpu), backend_label);

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
