// What the tests of normalisations share: each backend against the reference, and the reference against the formulas in double.
#pragma once

#include <functional>

#include "tests/kernels/backend_cases.h"

namespace syncline::kernels {

using Doubles = std::vector<double>;

template <std::size_t n>
int one_of(RandomCase& random, const int (&choices)[n]) {
  return choices[random.below(n)];
}

/// A normalisation of `size` numbers a replica, in groups that have a mean and a scale each.
struct Norm {
  using Read = Strided<const float>;
  using Write = Strided<float>;
  std::int64_t size, groups, parameters;
  double epsilon;
  std::function<std::size_t(std::int64_t i)> group_of, parameter_of;
  /// x, weight, bias, y, mean, scale
  std::function<void(const Device&, Replicas, Read, Read, Read, Write, Write, Write)> forward;
  /// x, dy, weight, mean, scale, dx, dweight, dbias
  std::function<void(const Device&, Replicas, Read, Read, Read, Read, Read, Write, Write, Write)> backward;
};

/// [replica][element]
struct NormInputs {
  std::vector<std::vector<float>> x, dy, weight, bias;
  static NormInputs random(const Norm& norm, RandomCase& random, int replicas, Values kind) {
    return {random.rows(replicas, norm.size, kind), random.rows(replicas, norm.size, kind),
            random.rows(replicas, norm.parameters, Values::normal), random.rows(replicas, norm.parameters, Values::normal)};
  }
};

struct NormResults {
  Rows<float> y, mean, scale, dx, dweight, dbias;
};

/// Forward and backward; dx is dy's array where in_place, and where shares_weights all replicas have the first one's.
inline NormResults run_norm(const Device& device, const Norm& norm, Replicas replicas, const NormInputs& in,
                            bool in_place = false, bool shares_weights = false) {
  const Rows<float> x(device, in.x), dy(device, in.dy), weight(device, in.weight), bias(device, in.bias);
  const auto row = [&](std::int64_t n) { return Rows<float>(device, replicas.count, n, -77.0F); };
  NormResults out{row(norm.size),       row(norm.groups),
                  row(norm.groups),     in_place ? Rows<float>(device, in.dy) : row(norm.size),
                  row(norm.parameters), row(norm.parameters)};
  const Norm::Read weights{weight.read().data, shares_weights ? 0 : weight.read().stride};
  norm.forward(device, replicas, x.read(), weights, bias.read(), out.y.all(), out.mean.all(), out.scale.all());
  norm.backward(device, replicas, x.read(), in_place ? out.dx.read() : dy.read(), weights, out.mean.read(), out.scale.read(),
                out.dx.all(), out.dweight.all(), out.dbias.all());
  return out;
}

inline void compare_norm(const Device& reference, const Device& device, RandomCase& random, const Norm& norm, Replicas replicas,
                         Values kind) {
  const NormInputs in = NormInputs::random(norm, random, replicas.count, kind);
  const bool in_place = random.below(3) == 0, shares_weights = random.below(3) == 0;
  const NormResults expected = run_norm(reference, norm, replicas, in, in_place, shares_weights);
  const NormResults actual = run_norm(device, norm, replicas, in, in_place, shares_weights);
  expect_same(actual.mean.host(), expected.mean.host(), "mean");
  expect_same(actual.scale.host(), expected.scale.host(), "scale");
  expect_same(actual.y.host(), expected.y.host(), "y");
  expect_same(actual.dweight.host(), expected.dweight.host(), "dweight");
  expect_same(actual.dbias.host(), expected.dbias.host(), "dbias");
  expect_same(actual.dx.host(), expected.dx.host(), "dx");
}

/// One replica straight from the paper.
struct DoubleNorm {
  Doubles mean, scale, y;

  DoubleNorm(const Norm& norm, const Doubles& x, const Doubles& weight, const Doubles& bias)
      : mean(static_cast<std::size_t>(norm.groups)), scale(mean.size()), y(x.size()) {
    const double n = static_cast<double>(norm.size) / static_cast<double>(norm.groups);
    for (std::size_t i = 0; i < x.size(); ++i) mean[norm.group_of(i)] += x[i] / n;
    for (std::size_t i = 0; i < x.size(); ++i) scale[norm.group_of(i)] += std::pow(x[i] - mean[norm.group_of(i)], 2) / n;
    for (double& s : scale) s = 1 / std::sqrt(s + norm.epsilon);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t group = norm.group_of(i), parameter = norm.parameter_of(i);
      y[i] = (x[i] - mean[group]) * scale[group] * weight[parameter] + bias[parameter];
    }
  }
};

/// The reference's mean and scale are rounded once from double; y sees the mean's rounding, and five more of a product and a sum.
inline void check_norm_forward(RandomCase& random, const Norm& norm, Replicas replicas, float offset) {
  NormInputs in = NormInputs::random(norm, random, replicas.count, Values::normal);
  for (auto& row : in.x) {
    for (float& x : row) x += offset;
  }
  const NormResults out = run_norm(Device::open(Backend::reference), norm, replicas, in);
  constexpr double kRounding = 0x1p-24 * 1.01;
  for (int r = 0; r < replicas.count; ++r) {
    const auto doubles = [r](const auto& rows) { return Doubles(rows[r].begin(), rows[r].end()); };
    const Doubles weight = doubles(in.weight), bias = doubles(in.bias);
    const DoubleNorm exact(norm, doubles(in.x), weight, bias);
    const auto mean = out.mean.host(r), scale = out.scale.host(r), y = out.y.host(r);
    for (std::size_t g = 0; g < mean.size(); ++g) {
      ASSERT_NEAR(mean[g], exact.mean[g], kRounding * (std::fabs(exact.mean[g]) + 1e-6));
      ASSERT_NEAR(scale[g], exact.scale[g], kRounding * exact.scale[g]);
    }
    for (std::size_t i = 0; i < y.size(); ++i) {
      const std::size_t g = norm.group_of(i), p = norm.parameter_of(i);
      const double shift = std::fabs(exact.mean[g] * exact.scale[g] * weight[p]);
      ASSERT_NEAR(y[i], exact.y[i], kRounding * (shift + 5 * std::fabs(exact.y[i] - bias[p]) + std::fabs(exact.y[i])));
    }
  }
}

/// The reference's gradients against difference quotients of sum(dy * y) in double, one replica. The error of a quotient is
/// h^2 / 6 of a third derivative, which an epsilon of 0.1 or more keeps below 1,000 for a few dozen numbers of size 1; the gradients
/// themselves are rounded some ten times to 2^-24 of what they are made of, which is below 20.
inline void check_norm_gradients(RandomCase& random, const Norm& norm, Replicas replicas) {
  const NormInputs in = NormInputs::random(norm, random, 1, Values::normal);
  const NormResults out = run_norm(Device::open(Backend::reference), norm, replicas, in);
  const auto doubles = [](const auto& rows) { return Doubles(rows[0].begin(), rows[0].end()); };
  Doubles x = doubles(in.x), weight = doubles(in.weight), bias = doubles(in.bias);
  const auto expect_slopes = [&](Doubles& of, const std::vector<float>& gradient, const char* what) {
    constexpr double kStep = 1e-4, kBound = kStep * kStep / 6 * 1000 + 10 * 0x1p-24 * 20;
    const auto loss_at = [&](double& at, double value) {
      const double kept = std::exchange(at, value);
      const Doubles y = DoubleNorm(norm, x, weight, bias).y;
      at = kept;
      double loss = 0;
      for (std::size_t i = 0; i < y.size(); ++i) loss += y[i] * in.dy[0][i];
      return loss;
    };
    for (std::size_t i = 0; i < of.size(); ++i) {
      const double slope = (loss_at(of[i], of[i] + kStep) - loss_at(of[i], of[i] - kStep)) / (2 * kStep);
      ASSERT_NEAR(gradient[i], slope, kBound) << what << '[' << i << ']';
    }
  };
  expect_slopes(x, out.dx.host(0), "dx");
  expect_slopes(weight, out.dweight.host(0), "dweight");
  expect_slopes(bias, out.dbias.host(0), "dbias");
}

}  // namespace syncline::kernels
