#include "kernels/gelu/gelu.h"

#include <numbers>

#include "kernels/exp_lanes.h"
#include "tests/kernels/backend_cases.h"

namespace syncline::kernels {
namespace {

using Floats = std::vector<float>;

constexpr double kBound = 0x1p-20, kSmallest = 0x1p-148;  // of Phi, as the contract has it; and two roundings near 0

double distribution(double x) { return 0.5 * std::erfc(-x * std::numbers::sqrt2 / 2); }
double gelu(double x) { return x * distribution(x); }

/// With the gaps between rows. In place, x or dy is overwritten.
Floats forward(const Device& device, Replicas replicas, const std::vector<Floats>& x, bool in_place) {
  const auto n = static_cast<std::int64_t>(x[0].size());
  Rows<float> from(device, x), to(device, replicas.count, n);
  gelu_forward(device, n / replicas.batch, replicas, from.read(), in_place ? from.all() : to.all());
  return in_place ? from.host() : to.host();
}
Floats backward(const Device& device, Replicas replicas, const std::vector<Floats>& x, const std::vector<Floats>& dy,
                bool in_place) {
  const auto n = static_cast<std::int64_t>(x[0].size());
  Rows<float> at(device, x), from(device, dy), to(device, replicas.count, n);
  gelu_backward(device, n / replicas.batch, replicas, at.read(), from.read(), in_place ? from.all() : to.all());
  return in_place ? from.host() : to.host();
}

/// Within twice the bound, since each of the two has it, in units of `scale`.
void expect_near(const Floats& actual, const Floats& expected, const Floats& scale) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (same(actual[i], expected[i])) continue;  // NaN and infinities, too
    ASSERT_NEAR(actual[i], expected[i], 2 * kBound * std::fabs(scale[i]) + kSmallest) << i;
  }
}

class Gelu : public AgainstReference {};

TEST_P(Gelu, IsWhatTheReferenceSays) {
  for_seeds(60, [](const Device& reference, const Device& device, RandomCase& random) {
    static constexpr int kBatches[] = {1, 4, 7, 31, 32, 33};
    const Replicas replicas{1 + static_cast<int>(random.below(5)), kBatches[random.below(std::size(kBatches))]};
    const std::int64_t n = random.length() % 600 * replicas.batch;
    const auto x = random.rows(replicas.count, n, random.kind()), dy = random.rows(replicas.count, n, random.kind());
    const bool in_place = random.below(2) == 0;
    expect_near(forward(device, replicas, x, in_place), forward(reference, replicas, x, in_place),
                Rows<float>(reference, x).host());
    expect_near(backward(device, replicas, x, dy, in_place), backward(reference, replicas, x, dy, in_place),
                Rows<float>(reference, dy).host());
  });
}

INSTANTIATE_TEST_SUITE_P(Backends, Gelu, testing::Values(Backend::cpu, Backend::cuda), backend_label);

/// Everywhere from -12, below which Phi is less than the smallest float, to 12, in steps of no pattern.
Floats many() {
  Floats x;
  for (float at = -12; at < 12; at += 0.00137F) x.push_back(at);
  return x;
}

TEST_P(Gelu, IsTheFormula) {
  const Floats x = many();
  const Device device = Device::open(GetParam());
  const Floats y = forward(device, {1, 1}, {x}, true), dx = backward(device, {1, 1}, {x}, {Floats(x.size(), 1.0F)}, true);
  constexpr double kStep = 1e-5;  // the difference quotient is within step^2 of the derivative, and 1e-10 by rounding
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double at = x[i];
    ASSERT_NEAR(y[i], gelu(at), kBound * std::fabs(at) + kSmallest) << at;
    ASSERT_NEAR(dx[i], (gelu(at + kStep) - gelu(at - kStep)) / (2 * kStep), kBound + 3e-10) << at;
  }
}

TEST(GeluReference, IsTheFormula) {
  const Floats x = many();
  const Floats y = forward(Device::open(Backend::reference), {1, 1}, {x}, true);
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(y[i], gelu(x[i]), 0x1p-22 * std::fabs(x[i]) + kSmallest) << x[i];
}

TEST_P(Gelu, OfWhatIsNotFiniteIsWhatTheContractSays) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();
  const Device device = Device::open(GetParam());
  const std::vector<Floats> x{{kInfinity, -kInfinity, kNan, 3e38F, -3e38F, 0}};
  const Floats y = forward(device, {1, 1}, x, false), dx = backward(device, {1, 1}, x, {Floats(6, 2.0F)}, false);
  expect_same(Floats(y.begin(), y.begin() + 6), {kInfinity, kNan, kNan, 3e38F, -0.0F, 0}, "y");
  expect_same(Floats(dx.begin(), dx.begin() + 6), {kNan, kNan, kNan, 2, 0, 1}, "dx");
}

TEST(ExpLanes, IsWithinTwoUnitsInTheLastPlace) {
  for (float x = -104; x <= 0; x += 0.0013F) {
    const double actual = exp_of(x)[3], expected = std::exp(static_cast<double>(x));
    ASSERT_NEAR(actual, expected, std::max(2 * 0x1p-23 * expected, 0x1p-125)) << x;
  }
  EXPECT_EQ(exp_of(0.0F)[0], 1.0F);
  EXPECT_EQ(exp_of(-std::numeric_limits<float>::infinity())[0], 0.0F);
  EXPECT_TRUE(std::isnan(exp_of(std::numeric_limits<float>::quiet_NaN())[0]));
}

}  // namespace
}  // namespace syncline::kernels
