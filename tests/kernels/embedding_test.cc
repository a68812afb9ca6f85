#include "kernels/embedding/embedding.h"

#include "tests/kernels/backend_cases.h"

namespace syncline::kernels {
namespace {

using Floats = std::vector<float>;
using Indices = std::vector<std::int32_t>;

struct Embedded {
  Floats y, dw;
};

/// With the gaps between rows. dw holds something else at first.
Embedded embed(const Device& device, const EmbeddingShape& shape, Replicas replicas, const Indices& indices,
               const std::vector<Floats>& w, const std::vector<Floats>& dy) {
  Buffer<std::int32_t> index(device, indices.size());
  index.upload(indices);
  const Rows<float> from(device, w), gradient(device, dy);
  Rows<float> y(device, replicas.count, std::int64_t{shape.features} * shape.positions * replicas.batch, -77.0F);
  Rows<float> dw(device, replicas.count, std::int64_t{shape.rows} * shape.features, -77.0F);
  embedding_forward(device, shape, replicas, index.data(), from.read(), y.all());
  embedding_backward(device, shape, replicas, index.data(), gradient.read(), dw.all());
  return {y.host(), dw.host()};
}

/// Few rows that come often, one of them half the time; or all alike.
Indices random_indices(RandomCase& random, std::int64_t n, int rows) {
  Indices all(static_cast<std::size_t>(n));
  const std::int64_t favour = random.below(3), favourite = random.below(rows);
  for (std::int32_t& index : all) {
    index = static_cast<std::int32_t>(random.below(2) < favour ? favourite : random.below(rows));
  }
  return all;
}

void check(const Device& reference, const Device& device, RandomCase& random, const EmbeddingShape& shape, Replicas replicas) {
  const std::int64_t entries = std::int64_t{shape.positions} * replicas.batch;
  const Indices indices = random_indices(random, replicas.count * entries, shape.rows);
  const auto w = random.rows(replicas.count, std::int64_t{shape.rows} * shape.features, random.kind());
  const auto dy = random.rows(replicas.count, shape.features * entries, random.kind());
  const Embedded actual = embed(device, shape, replicas, indices, w, dy),
                 expected = embed(reference, shape, replicas, indices, w, dy);
  expect_same(actual.y, expected.y, "y");
  expect_same(actual.dw, expected.dw, "dw");
}

class Embedding : public AgainstReference {
 protected:
  static int one_of(RandomCase& random, std::initializer_list<int> choices) {
    return choices.begin()[random.below(static_cast<std::int64_t>(choices.size()))];
  }
};

TEST_P(Embedding, IsWhatTheReferenceSays) {
  for_seeds(60, [](const Device& reference, const Device& device, RandomCase& random) {
    const EmbeddingShape shape{one_of(random, {1, 2, 7, 33, 300}), one_of(random, {1, 4, 31, 32, 33, 67}),
                               one_of(random, {0, 1, 5, 16, 31})};
    check(reference, device, random, shape, {one_of(random, {1, 2, 5}), one_of(random, {1, 4, 7, 16, 32, 33})});
  });
}

// A row's entries fill many of a GPU's chunks of 256, and end with one or not.
TEST_P(Embedding, OfManyEntriesIsWhatTheReferenceSays) {
  for_seeds(12, [](const Device& reference, const Device& device, RandomCase& random) {
    const EmbeddingShape shape{one_of(random, {1, 3, 11, 500}), one_of(random, {1, 33}), one_of(random, {8, 16, 25, 33})};
    check(reference, device, random, shape, {one_of(random, {1, 4}), one_of(random, {32, 64})});
  });
}

INSTANTIATE_TEST_SUITE_P(Backends, Embedding, testing::Values(Backend::cpu, Backend::cuda), backend_label);

// Of 3 rows, 2 features, 2 positions and 2 samples.
TEST(EmbeddingReference, TakesRowsAndAddsUpTheirGradients) {
  const Indices indices{2, 0, 2, 2};              // [position][sample]
  const Floats w{1, 2, 3, 4, 5, 6};               // [row][feature]
  const Floats dy{1, 10, 100, 1000, 2, 3, 4, 5};  // [feature][position][sample]
  for (const Backend backend : {Backend::reference, Backend::cpu}) {
    const Embedded got = embed(Device::open(backend), {3, 2, 2}, {1, 2}, indices, {w}, {dy});
    EXPECT_EQ(Floats(got.y.begin(), got.y.begin() + 8), (Floats{5, 1, 5, 5, 6, 2, 6, 6}));
    EXPECT_EQ(Floats(got.dw.begin(), got.dw.begin() + 6), (Floats{10, 3, 0, 0, 1101, 11}));
  }
}

// 1 + 2^24 is 2^24 in float: only the order of the entries gives this sum.
TEST(EmbeddingReference, AddsInTheOrderOfTheEntries) {
  for (const auto& [dy, sum] : {std::pair(Floats{0x1p24F, 1, 1, 1}, 0x1p24F), std::pair(Floats{1, 1, 1, 0x1p24F}, 0x1p24F + 4)}) {
    EXPECT_EQ(embed(Device::open(Backend::cpu), {1, 1, 4}, {1, 1}, Indices(4, 0), {{0}}, {dy}).dw[0], sum);
  }
}

}  // namespace
}  // namespace syncline::kernels
