#include "kernels/low_rank/low_rank.h"

#include <cmath>

#define EIGEN_DONT_VECTORIZE  // g++ 12 warns of its own AVX-512 headers as Eigen uses them
#include <Eigen/Dense>

#include "kernels/add/add.h"
#include "kernels/low_rank/cholesky.h"
#include "tests/kernels/backend_cases.h"

namespace syncline::kernels {
namespace {

using Floats = std::vector<float>;
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

const Device& cpu_device() {
  static const Device device = Device::open(Backend::cpu);
  return device;
}

LowRankBatch alone(const MatrixShape& shape) { return {cpu_device(), {LowRankMatrix{shape}}}; }

Matrix random_matrix(RandomCase& random, std::int64_t rows, std::int64_t cols) {
  Matrix m(rows, cols);
  for (std::int64_t i = 0; i < m.size(); ++i) m.data()[i] = random.value(Values::normal);
  return m;
}

Strided<const float> read(const Matrix& m) { return {m.data(), 0}; }

Matrix orthogonalized(Matrix a) {
  orthogonalize(cpu_device(), 1, alone({a.rows(), 0, static_cast<int>(a.cols())}), LowRankFactor::p, {a.data(), 0});
  return a;
}

/// One power iteration: q becomes the next, the answer is p q^T.
Matrix power_iteration(const Matrix& m, Matrix& q) {
  const LowRankBatch batch = alone({m.rows(), m.cols(), static_cast<int>(q.cols())});
  Matrix p(m.rows(), q.cols()), out(m.rows(), m.cols());
  low_rank_left(cpu_device(), 1, batch, read(m), read(q), {p.data(), 0});
  p = orthogonalized(p);
  low_rank_right(cpu_device(), 1, batch, read(m), read(p), {q.data(), 0});
  low_rank_product(cpu_device(), 1, batch, read(p), read(q), {out.data(), 0});
  return out;
}

/// The largest element of |A^T A - I|, in double.
double distance_from_orthonormal(const Matrix& a) {
  const Eigen::MatrixXd columns = a.cast<double>();
  return (columns.transpose() * columns - Eigen::MatrixXd::Identity(a.cols(), a.cols())).cwiseAbs().maxCoeff();
}

/// What may be left: of 2 runs of Gram-Schmidt, each dot product errs by (rows / 16 + 5) roundings of 2^-24 of terms whose
/// magnitudes sum to 1 at most, twice that with the projection's and the scaling's own. Of Cholesky-QR only the last's count.
double orthonormal_bound(std::int64_t rows) { return 2 * (static_cast<double>(rows) / 16 + 5) * 0x1p-23; }

// x^T g x is the unit matrix, and x an upper triangle with a positive diagonal: so it is R^-1.
TEST(InvertCholesky, GivesTheInverseOfTheRoot) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomCase random(seed);
    const std::int64_t rank = 1 + random.below(64);
    const Eigen::MatrixXd a = random_matrix(random, 3 * rank, rank).cast<double>();
    const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> g = a.transpose() * a;
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> used = g, x(rank, rank);
    const auto all = static_cast<std::size_t>(rank * rank);
    ASSERT_TRUE(invert_cholesky(static_cast<int>(rank), 0x1p-40, {used.data(), all}, {x.data(), all}));
    EXPECT_LE((x.transpose() * g * x - Eigen::MatrixXd::Identity(rank, rank)).cwiseAbs().maxCoeff(), 1e-11);
    EXPECT_EQ(x.triangularView<Eigen::StrictlyLower>().toDenseMatrix().cwiseAbs().maxCoeff(), 0);
    EXPECT_GT(x.diagonal().minCoeff(), 0);
    used = g;
    used(rank - 1, rank - 1) = 0;
    EXPECT_FALSE(invert_cholesky(static_cast<int>(rank), 0x1p-40, {used.data(), all}, {x.data(), all}));
  }
}

class LowRank : public AgainstReference {};

/// All operations on `matrices` of random numbers, as they lie in rows of so many elements.
void expect_same_results(const Device& reference, const Device& device, RandomCase& random,
                         const std::vector<LowRankMatrix>& matrices, std::int64_t m_size, std::int64_t p_size,
                         std::int64_t q_size) {
  const int count = 1 + static_cast<int>(random.below(5));
  const Values kind = random.kind();
  const auto m = random.rows(count, m_size, kind), p = random.rows(count, p_size, kind), q = random.rows(count, q_size, kind);
  const auto run = [&](const Device& d) {
    const LowRankBatch batch(d, matrices);
    const Rows<float> matrix(d, m), left(d, p), right(d, q);
    const Strided<const float> shared{right.read().data, 0};
    const Strided<const float> shared_left{left.read().data, 0};
    Rows<float> p_out(d, p), q_out(d, q), product(d, m), error(d, m), error_of_shared(d, m), p_basis(d, p), q_basis(d, q);
    low_rank_left(d, count, batch, matrix.read(), shared, p_out.all());
    low_rank_right(d, count, batch, matrix.read(), left.read(), q_out.all());
    low_rank_product(d, count, batch, left.read(), right.read(), product.all());
    low_rank_error(d, count, batch, error.read(), left.read(), shared, error.all());
    low_rank_error(d, count, batch, error_of_shared.read(), shared_left, shared, error_of_shared.all());
    orthogonalize(d, count, batch, LowRankFactor::p, p_basis.all());
    orthogonalize(d, count, batch, LowRankFactor::q, q_basis.all());
    return std::vector{p_out.host(),           q_out.host(),   product.host(), error.host(),
                       error_of_shared.host(), p_basis.host(), q_basis.host()};
  };
  const auto actual = run(device), expected = run(reference);
  static constexpr const char* kNames[] = {"left",       "right",     "product", "error", "error of shared factors",
                                           "basis of p", "basis of q"};
  for (std::size_t i = 0; i < actual.size(); ++i) expect_same(actual[i], expected[i], kNames[i]);
}

/// The same on matrices of these shapes, a few elements apart.
void expect_same_results(const Device& reference, const Device& device, RandomCase& random,
                         const std::vector<MatrixShape>& shapes) {
  std::vector<LowRankMatrix> matrices;
  LowRankMatrix next{{}, 1, 2, 0};
  for (const MatrixShape& shape : shapes) {
    next.shape = shape;
    matrices.push_back(next);
    next.m_begin += shape.rows * shape.cols + random.below(3);
    next.p_begin += shape.rows * shape.rank + random.below(3);
    next.q_begin += shape.cols * shape.rank + random.below(3);
  }
  expect_same_results(reference, device, random, matrices, next.m_begin, next.p_begin, next.q_begin);
}

TEST_P(LowRank, IsWhatTheReferenceSays) {
  for_seeds(60, [](const Device& reference, const Device& device, RandomCase& random) {
    static constexpr std::int64_t kSizes[] = {0, 1, 2, 7, 16, 25, 31, 63, 65, 84, 97, 150, 300};
    const auto size = [&] { return kSizes[random.below(std::size(kSizes))]; };
    std::vector<MatrixShape> shapes(static_cast<std::size_t>(random.below(4)));
    for (MatrixShape& shape : shapes) shape = {size(), size(), 1 + static_cast<int>(random.below(9))};
    expect_same_results(reference, device, random, shapes);
  });
}

TEST_P(LowRank, TakesLongAndThinMatrices) {
  for_seeds(4, [](const Device& reference, const Device& device, RandomCase& random) {
    expect_same_results(reference, device, random, {{1, 513, 1}, {513, 1, 1}, {1, 1, 1}, {20, 40, 20}, {40, 20, 20}});
  });
}

// A GPU's block has no room on the chip for these factors.
TEST_P(LowRank, TakesFactorsTooLargeForTheChip) {
  for_seeds(2, [](const Device& reference, const Device& device, RandomCase& random) {
    expect_same_results(reference, device, random, {{6000, 2, 2}, {2, 3001, 4}});
  });
}

// Cholesky-QR takes up to 64, in blocks of 128 rows; Gram-Schmidt what is beyond, or depends on the columns before.
TEST_P(LowRank, TakesGreatRanks) {
  for_seeds(2, [](const Device& reference, const Device& device, RandomCase& random) {
    expect_same_results(reference, device, random, {{300, 127, 40}, {70, 80, 65}, {3, 130, 64}});
  });
}

// Gram-Schmidt's, on a GPU's chip and not.
TEST_P(LowRank, TakesColumnsThatDependOnEachOther) {
  for_seeds(3, [](const Device& reference, const Device& device, RandomCase& random) {
    const std::vector<LowRankMatrix> matrices = {{{200, 1, 3}, 0, 0, 0}, {{6000, 1, 2}, 200, 600, 3}};
    auto p = random.rows(2, 600 + 12000, Values::normal);
    for (auto& row : p) {
      for (std::size_t i = 0; i < 600; i += 3) row[i + 2] = 4 * row[i];
      for (std::size_t i = 600; i < row.size(); i += 2) row[i + 1] = row[i] * 1e-20F;
    }
    const auto run = [&](const Device& d) {
      Rows<float> basis(d, p);
      orthogonalize(d, 2, LowRankBatch(d, matrices), LowRankFactor::p, basis.all());
      return basis.host();
    };
    expect_same(run(device), run(reference), "basis");
  });
}

INSTANTIATE_TEST_SUITE_P(Backends, LowRank, testing::Values(Backend::cpu, Backend::cuda), backend_label);

TEST(Orthogonalize, MakesColumnsOrthonormal) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomCase random(seed);
    const std::int64_t rows = 8 + random.below(500);
    const Matrix a = random_matrix(random, rows, 1 + random.below(8));
    EXPECT_LE(distance_from_orthonormal(orthogonalized(a)), orthonormal_bound(rows));
    EXPECT_LE(distance_from_orthonormal(orthogonalized(a * 1e-6F)), orthonormal_bound(rows));  // gradients can be that small
  }
}

// By Cholesky-QR down to 1e-6 of a column's length, beyond by Gram-Schmidt.
TEST(Orthogonalize, WithstandsColumnsThatAreNearlyParallel) {
  for (std::uint64_t seed = 41; seed < 141; ++seed) {
    RandomCase random(seed);
    for (const float apart : {1e-2F, 1e-4F, 1e-5F, 1e-6F, 3e-7F, 1e-7F, 3e-8F}) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", apart " + std::to_string(apart));
      Matrix a = random_matrix(random, 200, 4);
      for (int k = 1; k < 4; ++k) a.col(k) = a.col(0) + apart * a.col(k);
      EXPECT_LE(distance_from_orthonormal(orthogonalized(a)), orthonormal_bound(200));
    }
  }
}

// A = Q R with the columns from the left, so R is an upper triangle with a positive diagonal.
TEST(Orthogonalize, SpansWhatTheColumnsUpToEachDid) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomCase random(seed);
    const std::int64_t rank = 1 + random.below(kCholeskyRank), rows = rank + random.below(500);
    Matrix a = random_matrix(random, rows, rank);
    for (int k = 1; k < rank; ++k) a.col(k) *= std::pow(10.0F, static_cast<float>(random.below(9)) - 4);
    const Matrix q = orthogonalized(a);
    EXPECT_LE(distance_from_orthonormal(q), 16 * 0x1p-24);
    const Eigen::MatrixXd r = q.cast<double>().transpose() * a.cast<double>();
    for (int k = 0; k < rank; ++k) {
      const double length = a.col(k).cast<double>().norm(), bound = static_cast<double>(rank) * 16 * 0x1p-24 * length;
      EXPECT_GT(r(k, k), 0);
      EXPECT_LE(r.col(k).tail(rank - k - 1).norm(), bound);
      EXPECT_LE((q.cast<double>() * r.col(k) - a.col(k).cast<double>()).norm(), bound);
    }
  }
}

// What is left of the last column's square is a rounding of it, maybe of zero: not to be divided by. Whatever the scale.
TEST(Orthogonalize, WithstandsColumnsThatDependOnEachOther) {
  for (std::uint64_t seed = 43; seed < 63; ++seed) {
    for (const float scale : {1.0F, 1e-3F, 1e-7F, 1e-12F, 1e-20F, 1e19F}) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", scale " + std::to_string(scale));
      RandomCase random(seed);
      Matrix a = scale * random_matrix(random, 500, 5);
      a.col(2) = 4 * a.col(0);
      a.col(4) = a.col(3);
      EXPECT_LE(distance_from_orthonormal(orthogonalized(a)), 64 * 0x1p-24);
    }
  }
}

TEST(Orthogonalize, LeavesAZeroColumnZero) {
  RandomCase random(42);
  SCOPED_TRACE("seed 42");
  Matrix a = random_matrix(random, 50, 3);
  a.col(1).setZero();
  const Matrix q = orthogonalized(a);
  EXPECT_EQ(q.col(1).cwiseAbs().maxCoeff(), 0);
  Matrix others(50, 2);
  others << q.col(0), q.col(2);
  EXPECT_LE(distance_from_orthonormal(others), orthonormal_bound(50));
  EXPECT_EQ(orthogonalized(Matrix::Zero(50, 3)), Matrix::Zero(50, 3));
}

TEST(PowerIteration, RecoversAMatrixOfItsRank) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomCase random(seed);
    const std::int64_t rows = 8 + random.below(60), cols = 8 + random.below(60), rank = 1 + random.below(5);
    const Matrix m = random_matrix(random, rows, rank) * random_matrix(random, rank, cols);
    Matrix q = random_matrix(random, cols, rank);
    const Eigen::VectorXf sigma = Eigen::JacobiSVD<Matrix>(m).singularValues();
    const Matrix q_basis = orthogonalized(q);
    const Eigen::VectorXf reached = Eigen::JacobiSVD<Matrix>(m * q_basis).singularValues();
    // m Q is known to (cols / 16 + 5) roundings of |m|; how far that turns its column space is told by its least singular value.
    const double turn = (static_cast<double>(cols) / 16 + 5) * 0x1p-24 * sigma(0) / reached(rank - 1);
    q = q_basis;
    EXPECT_LE((power_iteration(m, q) - m).norm(), 4 * (turn + orthonormal_bound(rows)) * m.norm());
  }
}

TEST(PowerIteration, ReachesTheBestApproximationOfItsRank) {
  RandomCase random(51);
  SCOPED_TRACE("seed 51");
  constexpr int kRank = 3;
  const Matrix left = orthogonalized(random_matrix(random, 40, 8)), right = orthogonalized(random_matrix(random, 30, 8));
  Eigen::VectorXf sigma(8);
  sigma << 64, 32, 16, 4, 2, 1, 0.5F, 0.25F;
  const Matrix m = left * sigma.asDiagonal() * right.transpose();
  const double best = Eigen::JacobiSVD<Matrix>(m).singularValues().tail(30 - kRank).norm();  // Eckart and Young
  Matrix q = random_matrix(random, 30, kRank);
  Matrix approximation;
  for (int step = 0; step < 10; ++step) approximation = power_iteration(m, q);  // the rest shrinks by (4 / 16)^2 a step
  const double rounding = 4 * orthonormal_bound(40) * m.norm();
  EXPECT_LE((m - approximation).norm(), best + rounding);
  EXPECT_GE((m - approximation).norm(), best - rounding);
}

TEST(LowRankError, LosesNothing) {
  RandomCase random(61);
  SCOPED_TRACE("seed 61");
  const LowRankBatch batch = alone({31, 47, 3});
  const auto whole = [&](std::int64_t n) { return random.values(n, Values::whole); };  // so that every sum is exact
  const Floats m = whole(31 * 47), p = whole(31 * 3), q = whole(47 * 3);
  Floats sent(m.size()), kept(m.size()), sum(m.size());
  low_rank_product(cpu_device(), 1, batch, {p.data(), 0}, {q.data(), 0}, {sent.data(), 0});
  low_rank_error(cpu_device(), 1, batch, {m.data(), 0}, {p.data(), 0}, {q.data(), 0}, {kept.data(), 0});
  add(cpu_device(), 1, 31 * 47, {sent.data(), 0}, {kept.data(), 0}, {sum.data(), 0});
  EXPECT_EQ(sum, m);
}

TEST(LowRankPayload, IsAFactor) {
  const MatrixShape shape{120, 400, 4};
  EXPECT_EQ(low_rank_left_payload_bytes(shape), 4 * 120 * 4);
  EXPECT_EQ(low_rank_right_payload_bytes(shape), 4 * 400 * 4);
  EXPECT_EQ(low_rank_left_cost(shape).flops, 2.0 * 120 * 400 * 4);
  EXPECT_EQ(low_rank_left_cost(shape).bytes, 4.0 * (120 * 400 + (120 + 400) * 4));
}

}  // namespace
}  // namespace syncline::kernels
