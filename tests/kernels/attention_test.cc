#include "kernels/attention/attention.h"

#include <array>
#include <numeric>

#include "tests/kernels/backend_cases.h"

namespace syncline::kernels {
namespace {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;
using Arrays = std::vector<std::vector<Floats>>;  // [array][replica][element]

std::int64_t features_of(const AttentionShape& shape, Replicas replicas) {
  return std::int64_t{shape.heads} * shape.head_features * shape.tokens * replicas.batch;
}
std::int64_t scores_of(const AttentionShape& shape, Replicas replicas) {
  return std::int64_t{shape.heads} * replicas.batch * shape.tokens * shape.tokens;
}

/// y and the probabilities, of q, k, v; with the gaps between rows.
std::vector<Floats> forward(const Device& device, const AttentionShape& shape, Replicas replicas, const Arrays& in) {
  const Rows<float> q(device, in[0]), k(device, in[1]), v(device, in[2]);
  Rows<float> y(device, replicas.count, features_of(shape, replicas), -77.0F);
  Rows<float> p(device, replicas.count, scores_of(shape, replicas), -77.0F);
  attention_forward(device, shape, replicas, q.read(), k.read(), v.read(), y.all(), p.all());
  return {y.host(), p.host()};
}

/// dq, dk and dv, of q, k, v, probabilities and dy; with the gaps between rows.
std::vector<Floats> backward(const Device& device, const AttentionShape& shape, Replicas replicas, const Arrays& in) {
  const Rows<float> q(device, in[0]), k(device, in[1]), v(device, in[2]), p(device, in[3]), dy(device, in[4]);
  std::vector<Rows<float>> out;
  for (int i = 0; i < 3; ++i) out.emplace_back(device, replicas.count, features_of(shape, replicas), -77.0F);
  attention_backward(device, shape, replicas, q.read(), k.read(), v.read(), p.read(), dy.read(), out[0].all(), out[1].all(),
                     out[2].all());
  return {out[0].host(), out[1].host(), out[2].host()};
}

Arrays random_arrays(RandomCase& random, int arrays, const AttentionShape& shape, Replicas replicas, Values kind) {
  Arrays all;
  for (int i = 0; i < arrays; ++i) all.push_back(random.rows(replicas.count, features_of(shape, replicas), kind));
  return all;
}

/// One replica by the definition, in double; and how far from it a result in float may be, relative to 2^-24.
struct Oracle {
  AttentionShape shape;
  int batch;
  Doubles y, y_error, p, p_error;

  std::size_t at(int h, int f, int t, int s) const {
    return static_cast<std::size_t>(((std::int64_t{h} * shape.head_features + f) * shape.tokens + t) * batch + s);
  }
  std::size_t score_at(int h, int s, int i, int j) const {
    return static_cast<std::size_t>(((std::int64_t{h} * batch + s) * shape.tokens + i) * shape.tokens + j);
  }

  Oracle(const AttentionShape& of, int samples, const Doubles& q, const Doubles& k, const Doubles& v)
      : shape(of), batch(samples) {
    y.resize(q.size());
    y_error = y;
    p.resize(static_cast<std::size_t>(scores_of(shape, {1, batch})));
    p_error = p;
    for (int h = 0; h < shape.heads; ++h) {
      for (int s = 0; s < batch; ++s) {
        for (int i = 0; i < shape.tokens; ++i) attend(h, s, i, q, k, v);
      }
    }
  }

  // A score is a sum of D products, rounded at each and once more for its scale and its distance from the largest, which has the
  // same errors: in all within 2 (D + 3) roundings of the largest magnitude. That is e's relative error, and twice that the error of
  // a share of the sum of T; exp itself, the sum and the division add T + 8. The sum of T products with values adds T + 1.
  void attend(int h, int s, int i, const Doubles& q, const Doubles& k, const Doubles& v) {
    const int keys = shape.causal ? i + 1 : shape.tokens;
    Doubles score(static_cast<std::size_t>(keys));
    double largest = -1e300, magnitude = 0, sum = 0;
    for (int j = 0; j < keys; ++j) {
      double dot = 0, magnitudes = 0;
      for (int f = 0; f < shape.head_features; ++f) {
        dot += q[at(h, f, i, s)] * k[at(h, f, j, s)];
        magnitudes += std::fabs(q[at(h, f, i, s)] * k[at(h, f, j, s)]);
      }
      score[static_cast<std::size_t>(j)] = dot / std::sqrt(shape.head_features);
      largest = std::max(largest, score[static_cast<std::size_t>(j)]);
      magnitude = std::max(magnitude, magnitudes / std::sqrt(shape.head_features));
    }
    for (double& e : score) sum += e = std::exp(e - largest);
    const double relative = 4 * (shape.head_features + 3) * magnitude + shape.tokens + 8;
    for (int j = 0; j < keys; ++j) {
      p[score_at(h, s, i, j)] = score[static_cast<std::size_t>(j)] / sum;
      p_error[score_at(h, s, i, j)] = relative * p[score_at(h, s, i, j)];
    }
    for (int f = 0; f < shape.head_features; ++f) {
      for (int j = 0; j < keys; ++j) {
        const double part = p[score_at(h, s, i, j)] * v[at(h, f, j, s)];
        y[at(h, f, i, s)] += part;
        y_error[at(h, f, i, s)] += std::fabs(part) * (relative + shape.tokens + 1);
      }
    }
  }
};

Doubles doubles(const Floats& x) { return {x.begin(), x.end()}; }

/// A little more than the error allows, of higher order; exponentials of less than 2^-126 may be 0.
void expect_near(const float* actual, const Doubles& expected, const Doubles& error, const char* what) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(actual[i], expected[i], 1.01 * 0x1p-24 * error[i] + 1e-36) << what << '[' << i << ']';
  }
}

class Attention : public AgainstReference {
 protected:
  static int one_of(RandomCase& random, std::initializer_list<int> choices) {
    return choices.begin()[random.below(static_cast<std::int64_t>(choices.size()))];
  }
  static Replicas random_replicas(RandomCase& random) {
    return {one_of(random, {1, 2, 5}), one_of(random, {1, 2, 3, 4, 31, 33})};
  }
  static AttentionShape random_shape(RandomCase& random) {
    return {one_of(random, {1, 2, 3}), one_of(random, {1, 3, 16, 17}), one_of(random, {1, 2, 7, 16, 31, 33}),
            random.below(2) == 0};
  }
};

TEST_P(Attention, IsTheFormula) {
  for_seeds(40, [](const Device&, const Device& device, RandomCase& random) {
    const AttentionShape shape = random_shape(random);
    const Replicas replicas = random_replicas(random);
    const Arrays in = random_arrays(random, 3, shape, replicas, Values::normal);
    const auto out = forward(device, shape, replicas, in);
    for (std::size_t r = 0; r < in[0].size(); ++r) {
      const Oracle oracle(shape, replicas.batch, doubles(in[0][r]), doubles(in[1][r]), doubles(in[2][r]));
      expect_near(out[0].data() + r * (out[0].size() / in[0].size()), oracle.y, oracle.y_error, "y");
      expect_near(out[1].data() + r * (out[1].size() / in[0].size()), oracle.p, oracle.p_error, "probabilities");
    }
  });
}

// Queries of zeros attend to all tokens alike; of a power of two of them, and of small whole numbers, all sums are exact, and the
// gaps are to be seen, too.
TEST_P(Attention, OfEqualScoresIsExactlyTheMean) {
  for_seeds(20, [](const Device& reference, const Device& device, RandomCase& random) {
    AttentionShape shape = random_shape(random);
    shape.tokens = one_of(random, {1, 2, 16, 64});
    shape.causal = false;
    const Replicas replicas = random_replicas(random);
    Arrays in = random_arrays(random, 3, shape, replicas, Values::whole);
    for (Floats& q : in[0]) std::fill(q.begin(), q.end(), 0.0F);
    const auto actual = forward(device, shape, replicas, in), expected = forward(reference, shape, replicas, in);
    expect_same(actual[0], expected[0], "y");
    expect_same(actual[1], expected[1], "probabilities");
  });
}

// Backward takes any probabilities: of quarters, small whole numbers and a scale of 1, 1/2 or 1/4 all sums are exact.
TEST_P(Attention, BackwardIsWhatTheReferenceSays) {
  for_seeds(60, [](const Device& reference, const Device& device, RandomCase& random) {
    AttentionShape shape = random_shape(random);
    shape.head_features = one_of(random, {1, 4, 16});
    const Replicas replicas = random_replicas(random);
    Arrays in = random_arrays(random, 5, shape, replicas, Values::whole);
    in[3].clear();
    for (int r = 0; r < replicas.count; ++r) {
      in[3].push_back(random.values(scores_of(shape, replicas), Values::whole));
      for (std::size_t i = 0; i < in[3].back().size(); ++i) {
        const auto key = static_cast<int>(i) % shape.tokens, query = static_cast<int>(i) / shape.tokens % shape.tokens;
        in[3].back()[i] *= shape.causal && key > query ? 0.0F : 0.25F;
      }
    }
    const auto actual = backward(device, shape, replicas, in), expected = backward(reference, shape, replicas, in);
    expect_same(actual[0], expected[0], "dq");
    expect_same(actual[1], expected[1], "dk");
    expect_same(actual[2], expected[2], "dv");
  });
}

// The derivative of the sum of y dy by each number, from two values of it in double, where rounding is nothing beside the step.
TEST_P(Attention, BackwardIsTheDerivativeOfForward) {
  for_seeds(6, [](const Device&, const Device& device, RandomCase& random) {
    const AttentionShape shape{2, 3, 4, random.below(2) == 0};
    const Replicas replicas{1, 2};
    Arrays in = random_arrays(random, 3, shape, replicas, Values::normal);
    const Floats dy = random.values(features_of(shape, replicas), Values::normal);
    const Floats p = forward(device, shape, replicas, in)[1];
    const auto arguments = std::array{doubles(in[0][0]), doubles(in[1][0]), doubles(in[2][0])};
    in.push_back({Floats(p.begin(), p.begin() + scores_of(shape, replicas))});
    in.push_back({dy});
    const auto gradients = backward(device, shape, replicas, in);
    constexpr double kStep = 1e-4;
    for (std::size_t a = 0; a < 3; ++a) {
      for (std::size_t i = 0; i < dy.size(); ++i) {
        const auto loss = [&](double step) {
          auto moved = arguments;
          moved[a][i] += step;
          const Oracle oracle(shape, replicas.batch, moved[0], moved[1], moved[2]);
          return std::inner_product(dy.begin(), dy.end(), oracle.y.begin(), 0.0);
        };
        const double quotient = (loss(kStep) - loss(-kStep)) / (2 * kStep);
        ASSERT_NEAR(gradients[a][i], quotient, 1e-5 * (1 + std::fabs(quotient))) << "qkv"[a] << '[' << i << ']';
      }
    }
  });
}

// All that belongs to the last token is something else: the results of those before it are the same.
TEST_P(Attention, WhereCausalNothingLaterMatters) {
  for_seeds(12, [](const Device&, const Device& device, RandomCase& random) {
    AttentionShape shape = random_shape(random);
    shape.causal = true;
    const Replicas replicas = random_replicas(random);
    Arrays in = random_arrays(random, 3, shape, replicas, Values::normal);
    const auto is_last = [&](std::size_t i) { return static_cast<int>(i) / replicas.batch % shape.tokens == shape.tokens - 1; };
    const auto before = forward(device, shape, replicas, in);
    for (auto& array : in) {
      for (Floats& row : array) {
        for (std::size_t i = 0; i < row.size(); ++i) row[i] = is_last(i) ? 100 * random.value(Values::normal) : row[i];
      }
    }
    const auto after = forward(device, shape, replicas, in);
    const std::size_t y_stride = before[0].size() / in[0].size(), p_stride = before[1].size() / in[0].size();
    for (std::size_t r = 0; r < in[0].size(); ++r) {
      for (std::size_t i = 0; i < in[0][r].size(); ++i) {
        if (is_last(i)) continue;
        ASSERT_EQ(after[0][r * y_stride + i], before[0][r * y_stride + i]) << i;
      }
      for (std::int64_t i = 0; i < scores_of(shape, replicas); ++i) {
        const auto key = i % shape.tokens, query = i / shape.tokens % shape.tokens;
        const std::size_t at = r * p_stride + static_cast<std::size_t>(i);
        ASSERT_TRUE(key <= query || after[1][at] == 0) << i;
        ASSERT_TRUE(query == shape.tokens - 1 || after[1][at] == before[1][at]) << i;
      }
    }
  });
}

// What one head of one sample has becomes NaN, infinities and denormals: the others' results are the same, forward and backward,
// and a value that is NaN is seen by every query.
TEST_P(Attention, WhatIsNotFiniteStaysInItsHeadAndSample) {
  for_seeds(20, [](const Device&, const Device& device, RandomCase& random) {
    AttentionShape shape = random_shape(random);
    shape.causal = false;
    const Replicas replicas = random_replicas(random);
    const auto head = random.below(shape.heads), sample = random.below(replicas.batch);
    const std::int64_t feature = std::int64_t{shape.tokens} * replicas.batch;
    const auto is_hit = [&](std::int64_t i) {
      return i / (feature * shape.head_features) == head && i % replicas.batch == sample;
    };
    const auto is_hit_score = [&](std::int64_t i) {
      const std::int64_t pair = i / (std::int64_t{shape.tokens} * shape.tokens);
      return pair / replicas.batch == head && pair % replicas.batch == sample;
    };
    Arrays in = random_arrays(random, 3, shape, replicas, Values::normal);
    const Floats dy = random.values(features_of(shape, replicas), Values::normal);
    const auto results = [&] {
      const auto out = forward(device, shape, {1, replicas.batch}, {{in[0][0]}, {in[1][0]}, {in[2][0]}});
      const Floats p(out[1].begin(), out[1].begin() + scores_of(shape, {1, replicas.batch}));
      auto all = backward(device, shape, {1, replicas.batch}, {{in[0][0]}, {in[1][0]}, {in[2][0]}, {p}, {dy}});
      all.push_back(out[0]);
      all.push_back(p);
      return all;
    };
    const auto before = results();
    for (auto& array : in) {
      for (std::size_t i = 0; i < array[0].size(); ++i) {
        if (is_hit(static_cast<std::int64_t>(i))) array[0][i] = random.value(Values::special);
      }
    }
    const auto nan_at = static_cast<std::size_t>(head * shape.head_features * feature + sample);
    in[2][0][nan_at] = std::numeric_limits<float>::quiet_NaN();
    const auto after = results();
    for (std::size_t array = 0; array < after.size(); ++array) {
      const bool scores = array == 4;
      const std::int64_t n = scores ? scores_of(shape, {1, replicas.batch}) : features_of(shape, replicas);
      for (std::int64_t i = 0; i < n; ++i) {
        if (scores ? is_hit_score(i) : is_hit(i)) continue;
        const auto at = static_cast<std::size_t>(i);
        ASSERT_TRUE(same(after[array][at], before[array][at])) << "array " << array << '[' << i << ']';
      }
    }
    for (int t = 0; t < shape.tokens; ++t) {
      ASSERT_TRUE(std::isnan(after[3][nan_at + static_cast<std::size_t>(t * replicas.batch)])) << "token " << t;
    }
  });
}

// One score is so much larger than the others that their exponentials are 0, and never overflows.
TEST_P(Attention, OfALargeScoreIsThatTokensValue) {
  const AttentionShape shape{1, 1, 3};
  const std::vector<Floats> out =
      forward(Device::open(GetParam()), shape, {1, 1}, {{{1000, 1, -1000}}, {{1, -3, 2}}, {{5, 6, 7}}});
  EXPECT_EQ(out[0][0], 7);
  EXPECT_EQ(out[0][2], 6);
  EXPECT_EQ(Floats(out[1].begin(), out[1].begin() + 3), (Floats{0, 0, 1}));
}

INSTANTIATE_TEST_SUITE_P(Backends, Attention, testing::Values(Backend::reference, Backend::cpu, Backend::cuda), backend_label);

// Replicas that lie side by side, as a GPU multiplies in one call.
TEST_P(Attention, OfReplicasWithoutGapsIsTheSame) {
  const AttentionShape shape{2, 3, 5, true};
  const Replicas replicas{3, 2};
  RandomCase random(1);
  const std::int64_t n = features_of(shape, replicas), m = scores_of(shape, replicas);
  const Arrays in = random_arrays(random, 3, shape, replicas, Values::normal);
  const Device device = Device::open(GetParam());
  const Rows<float> q(device, in[0]), k(device, in[1]), v(device, in[2]);
  Buffer<float> y(device, static_cast<std::size_t>(3 * n)), p(device, static_cast<std::size_t>(3 * m));
  attention_forward(device, shape, replicas, q.read(), k.read(), v.read(), {y.data(), n}, {p.data(), m});
  const auto expected = forward(device, shape, replicas, in);
  const Floats actual_y = y.download(), actual_p = p.download();
  for (std::int64_t r = 0; r < 3; ++r) {
    const auto row = [r](const Floats& all, std::int64_t size) {
      const std::int64_t stride = static_cast<std::int64_t>(all.size()) / 3;
      return Floats(all.begin() + r * stride, all.begin() + r * stride + size);
    };
    expect_same(row(actual_y, n), row(expected[0], n), "y");
    expect_same(row(actual_p, m), row(expected[1], m), "probabilities");
  }
}

}  // namespace
}  // namespace syncline::kernels
