#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/attention/attention.h"

namespace syncline::kernels::reference {
namespace {

/// One head of one sample: feature f of token t.
template <class T>
struct Head {
  T* data;
  int tokens, batch;
  T& operator()(int f, int t) const { return data[(std::int64_t{f} * tokens + t) * batch]; }
};

/// body(r, head of, first of its probabilities) for each head and sample, where head_of(strided) is that head in an array.
template <class Body>
void for_each_head(const AttentionShape& shape, Replicas replicas, const Body& body) {
  const std::int64_t features = std::int64_t{shape.head_features} * shape.tokens * replicas.batch;
  for (std::int64_t r = 0; r < replicas.count; ++r) {
    for (std::int64_t h = 0; h < shape.heads; ++h) {
      for (std::int64_t s = 0; s < replicas.batch; ++s) {
        const auto head_of = [&]<class T>(Strided<T> of) {
          return Head<T>{of.of(r) + h * features + s, shape.tokens, replicas.batch};
        };
        body(r, head_of, (h * replicas.batch + s) * shape.tokens * shape.tokens);
      }
    }
  }
}

int keys_of(const AttentionShape& shape, int query) { return shape.causal ? query + 1 : shape.tokens; }
float scale_of(const AttentionShape& shape) { return 1 / std::sqrt(static_cast<float>(shape.head_features)); }

void softmax(float* row, int keys) {
  const float largest = *std::max_element(row, row + keys);
  float sum = 0;
  for (int j = 0; j < keys; ++j) sum += row[j] = std::exp(row[j] - largest);
  for (int j = 0; j < keys; ++j) row[j] /= sum;
}

/// The sum of a b over the features of one's token i and the other's token j.
template <class T>
float dot(const AttentionShape& shape, const Head<T>& a, int i, const Head<T>& b, int j) {
  float sum = 0;
  for (int f = 0; f < shape.head_features; ++f) sum += a(f, i) * b(f, j);
  return sum;
}

}  // namespace

void attention_forward(const Device&, const AttentionShape& shape, Replicas replicas, Strided<const float> q,
                       Strided<const float> k, Strided<const float> v, Strided<float> y, Strided<float> probabilities) {
  const float scale = scale_of(shape);
  for_each_head(shape, replicas, [&](std::int64_t r, const auto& head_of, std::int64_t first) {
    const auto query = head_of(q), key = head_of(k), value = head_of(v);
    const auto out = head_of(y);
    for (int i = 0; i < shape.tokens; ++i) {
      const int keys = keys_of(shape, i);
      float* p = probabilities.of(r) + first + std::int64_t{i} * shape.tokens;
      std::fill_n(p, shape.tokens, 0.0F);
      for (int j = 0; j < keys; ++j) p[j] = scale * dot(shape, query, i, key, j);
      softmax(p, keys);
      for (int f = 0; f < shape.head_features; ++f) {
        float sum = 0;
        for (int j = 0; j < keys; ++j) sum += p[j] * value(f, j);
        out(f, i) = sum;
      }
    }
  });
}

void attention_backward(const Device&, const AttentionShape& shape, Replicas replicas, Strided<const float> q,
                        Strided<const float> k, Strided<const float> v, Strided<const float> probabilities,
                        Strided<const float> dy, Strided<float> dq, Strided<float> dk, Strided<float> dv) {
  const float scale = scale_of(shape);
  std::vector<float> dp(static_cast<std::size_t>(shape.tokens));  // of one query
  for_each_head(shape, replicas, [&](std::int64_t r, const auto& head_of, std::int64_t first) {
    const auto query = head_of(q), key = head_of(k), value = head_of(v), dout = head_of(dy);
    const auto dquery = head_of(dq), dkey = head_of(dk), dvalue = head_of(dv);
    for (int f = 0; f < shape.head_features; ++f) {
      for (int t = 0; t < shape.tokens; ++t) dquery(f, t) = dkey(f, t) = dvalue(f, t) = 0;
    }
    for (int i = 0; i < shape.tokens; ++i) {
      const int keys = keys_of(shape, i);
      const float* p = probabilities.of(r) + first + std::int64_t{i} * shape.tokens;
      float sum = 0;
      for (int j = 0; j < keys; ++j) {
        dp[static_cast<std::size_t>(j)] = dot(shape, dout, i, value, j);
        sum += p[j] * dp[static_cast<std::size_t>(j)];
      }
      for (int j = 0; j < keys; ++j) {
        const float ds = scale * (p[j] * (dp[static_cast<std::size_t>(j)] - sum));
        for (int f = 0; f < shape.head_features; ++f) {
          dquery(f, i) += ds * key(f, j);
          dkey(f, j) += ds * query(f, i);
          dvalue(f, j) += p[j] * dout(f, i);
        }
      }
    }
  });
}

}  // namespace syncline::kernels::reference
