// One head of one sample is a task: its matrices are copied so that gather_gemm can multiply them, and the products copied back. A
// copy "by token" is [token][whole_lanes(head_features)], one "by feature" [head_feature][whole_lanes(tokens)]; what fills a row up
// is never used.
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/attention/attention.h"
#include "kernels/exp_lanes.h"
#include "kernels/gather_gemm.h"

namespace syncline::kernels::cpu {
namespace {

class Task {
 public:
  Task(const AttentionShape& shape, int batch, std::int64_t number)
      : features_(shape.head_features),
        tokens_(shape.tokens),
        batch_(batch),
        r_(number / batch / shape.heads),
        first_(number / batch % shape.heads * features_ * tokens_ * batch + number % batch),
        first_probability_(number % (std::int64_t{batch} * shape.heads) * tokens_ * tokens_) {}

  const float* by_token(Strided<const float> from, float* to) const { return copy(from, to, whole_lanes(features_), 1); }
  const float* by_feature(Strided<const float> from, float* to) const { return copy(from, to, 1, whole_lanes(tokens_)); }
  /// From a copy by token.
  void put(const float* from, Strided<float> to) const {
    for (std::int64_t f = 0; f < features_; ++f) {
      float* out = to.of(r_) + first_ + f * tokens_ * batch_;
      for (std::int64_t t = 0; t < tokens_; ++t) out[t * batch_] = from[t * whole_lanes(features_) + f];
    }
  }
  template <class T>
  T* probabilities(Strided<T> of) const {
    return of.of(r_) + first_probability_;
  }

 private:
  const float* copy(Strided<const float> from, float* to, std::int64_t token_step, std::int64_t feature_step) const {
    for (std::int64_t f = 0; f < features_; ++f) {
      const float* in = from.of(r_) + first_ + f * tokens_ * batch_;
      for (std::int64_t t = 0; t < tokens_; ++t) to[t * token_step + f * feature_step] = in[t * batch_];
    }
    return to;
  }
  std::int64_t features_, tokens_, batch_, r_, first_, first_probability_;
};

/// The places that gather_gemm reads and writes, for matrices of these two widths.
struct Tables {
  std::vector<std::int64_t> feature_offset, token_offset;
  std::vector<GemmColumns> features, tokens;

  explicit Tables(const AttentionShape& shape) {
    for (std::int64_t f = 0; f < shape.head_features; ++f) feature_offset.push_back(f * whole_lanes(shape.tokens));
    for (std::int64_t t = 0; t < shape.tokens; ++t) token_offset.push_back(t * whole_lanes(shape.head_features));
    add_columns(0, 0, shape.head_features, features);
    add_columns(0, 0, shape.tokens, tokens);
  }
};

/// c [token of a][token of b], of a by token and b by feature: the products of features.
void match(const AttentionShape& shape, const Tables& tables, const float* a, const float* b, float* c) {
  gather_gemm(shape.tokens, {a, whole_lanes(shape.head_features), 1}, tables.feature_offset, b, tables.tokens, nullptr, c,
              shape.tokens);
}

/// c by token = weights b by token, the weights [token of c][token of b], or transposed.
void mix(const AttentionShape& shape, const Tables& tables, const float* weights, bool transposed, const float* b, float* c) {
  const GemmMatrix a = transposed ? GemmMatrix{weights, 1, shape.tokens} : GemmMatrix{weights, shape.tokens, 1};
  gather_gemm(shape.tokens, a, tables.token_offset, b, tables.features, nullptr, c, whole_lanes(shape.head_features));
}

/// Up to 16 floats; `other` beyond the `left` that there are.
Lanes load_or(const float* from, std::int64_t left, float other) {
  static constexpr std::int32_t kNumbers[kLanes] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const IntLanes there = load<IntLanes>(kNumbers) < IntLanes(static_cast<std::int32_t>(std::min<std::int64_t>(left, kLanes)));
  return select(there, load_up_to<Lanes>(from, left), Lanes(other));
}

float largest_of(const float* row, std::int64_t n) {
  constexpr float kLeast = -std::numeric_limits<float>::infinity();
  Lanes largest = kLeast;
  for (std::int64_t j = 0; j < n; j += kLanes) {
    const Lanes values = load_or(row + j, n - j, kLeast);
    largest = select(values > largest, values, largest);
  }
  float all = largest[0];
  for (std::size_t l = 1; l < kLanes; ++l) all = std::max(all, largest[l]);
  return all;
}

/// softmax(scale * row) of its first n floats.
void softmax(float scale, float* row, std::int64_t n) {
  const float largest = largest_of(row, n);
  Lanes sum;
  for (std::int64_t j = 0; j < n; j += kLanes) {
    const Lanes e = exp_of((load_or(row + j, n - j, -std::numeric_limits<float>::infinity()) - largest) * scale);
    store_up_to(row + j, e, n - j);
    sum += e;
  }
  const float share = 1 / fold(sum);
  for (std::int64_t j = 0; j < n; ++j) row[j] *= share;
}

/// dp to ds, of one query: scale p (dp - sum of p dp).
void softmax_gradient(float scale, const float* p, float* dp, std::int64_t n) {
  Lanes products;
  for (std::int64_t j = 0; j < n; j += kLanes) products += load_up_to<Lanes>(p + j, n - j) * load_up_to<Lanes>(dp + j, n - j);
  const float sum = fold(products);
  for (std::int64_t j = 0; j < n; ++j) dp[j] = scale * (p[j] * (dp[j] - sum));
}

/// change(query, number of keys) for each query; beyond these keys, the row of `scores` is 0.
template <class Change>
void for_each_query(const AttentionShape& shape, float* scores, const Change& change) {
  for (std::int64_t i = 0; i < shape.tokens; ++i) {
    const std::int64_t keys = shape.causal ? i + 1 : shape.tokens;
    change(i * shape.tokens, keys);
    std::fill_n(scores + i * shape.tokens + keys, shape.tokens - keys, 0.0F);
  }
}

float scale_of(const AttentionShape& shape) { return 1 / std::sqrt(static_cast<float>(shape.head_features)); }

/// Floats of the larger kind of copy.
std::int64_t copy_size(const AttentionShape& shape) {
  return std::max(whole_lanes(shape.head_features) * shape.tokens, shape.head_features * whole_lanes(shape.tokens));
}

}  // namespace

void attention_forward(const Device& device, const AttentionShape& shape, Replicas replicas, Strided<const float> q,
                       Strided<const float> k, Strided<const float> v, Strided<float> y, Strided<float> probabilities) {
  const Tables tables(shape);
  const float scale = scale_of(shape);
  const std::int64_t size = copy_size(shape);
  parallel_for(device, std::int64_t{replicas.count} * shape.heads * replicas.batch, [&](std::int64_t number) {
    const Task task(shape, replicas.batch, number);
    float *a = gemm_scratch(0, 2 * size), *b = a + size, *p = task.probabilities(probabilities);
    match(shape, tables, task.by_token(q, a), task.by_feature(k, b), p);
    for_each_query(shape, p, [&](std::int64_t row, std::int64_t keys) { softmax(scale, p + row, keys); });
    mix(shape, tables, p, false, task.by_token(v, a), b);
    task.put(b, y);
  });
}

void attention_backward(const Device& device, const AttentionShape& shape, Replicas replicas, Strided<const float> q,
                        Strided<const float> k, Strided<const float> v, Strided<const float> probabilities,
                        Strided<const float> dy, Strided<float> dq, Strided<float> dk, Strided<float> dv) {
  const Tables tables(shape);
  const float scale = scale_of(shape);
  const std::int64_t size = copy_size(shape);
  parallel_for(device, std::int64_t{replicas.count} * shape.heads * replicas.batch, [&](std::int64_t number) {
    const Task task(shape, replicas.batch, number);
    float *a = gemm_scratch(0, 2 * size), *b = a + size, *ds = gemm_scratch(1, std::int64_t{shape.tokens} * shape.tokens);
    const float* p = task.probabilities(probabilities);
    match(shape, tables, task.by_token(dy, a), task.by_feature(v, b), ds);
    mix(shape, tables, p, true, a, b);
    task.put(b, dv);
    for_each_query(shape, ds, [&](std::int64_t row, std::int64_t keys) { softmax_gradient(scale, p + row, ds + row, keys); });
    mix(shape, tables, ds, false, task.by_token(k, a), b);
    task.put(b, dq);
    mix(shape, tables, ds, true, task.by_token(q, a), b);
    task.put(b, dk);
  });
}

}  // namespace syncline::kernels::cpu
