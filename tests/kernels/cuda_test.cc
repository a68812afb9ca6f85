// The CUDA device: its absence, its memory, and the operations of the layers' side that it has. Signs are in sign_test.cc.
#include "kernels/average/average.h"
#include "kernels/sgd/sgd.h"

#include "tests/kernels/backend_cases.h"

namespace syncline::kernels {
namespace {

bool has_cuda() {
  const std::vector<Backend> available = available_backends();
  return std::find(available.begin(), available.end(), Backend::cuda) != available.end();
}

TEST(CudaDevice, SaysInOneLineThatThereIsNone) {
  if (has_cuda()) GTEST_SKIP() << "there is one";
  try {
    Device::open(Backend::cuda);
    FAIL() << "opened";
  } catch (const KernelError& error) {
    const std::string line = error.what(), begin = "no CUDA device can be used here: ";
    EXPECT_EQ(line.substr(0, begin.size()), begin);
    EXPECT_GT(line.size(), begin.size());  // why, in CUDA's words: they differ from driver to driver
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
}

class Cuda : public AgainstReference {};

TEST_P(Cuda, KeepsWhatIsUploaded) {
  for_seeds(20, [](const Device&, const Device& device, RandomCase& random) {
    const std::vector<float> x = random.values(random.length(), Values::special);
    Buffer<float> buffer(device, x.size());
    expect_same(buffer.download(), std::vector<float>(x.size()), "at first");
    buffer.upload(x);
    expect_same(buffer.download(), x, "then");
  });
}

TEST_P(Cuda, StepsAsTheReferenceDoes) {
  for_seeds(50, [](const Device& reference, const Device& device, RandomCase& random) {
    const int copies = 1 + static_cast<int>(random.below(5));
    const std::int64_t n = random.length();
    const auto gradient = random.rows(copies, n, Values::normal), velocity = random.rows(copies, n, Values::normal),
               weights = random.rows(copies, n, Values::normal);
    const bool moves = random.below(2) == 0;
    const SgdParameters parameters{0.1F, moves ? 0.9F : 0.0F, 1e-4F};
    const auto run = [&](const Device& d) {
      Rows<float> v(d, velocity), w(d, weights);
      sgd_update(d, copies, n, parameters, Rows<float>(d, gradient).read(), moves ? v.all() : Strided<float>{}, w.all());
      return std::pair(v.host(), w.host());
    };
    expect_same(run(device).first, run(reference).first, "velocity");
    expect_same(run(device).second, run(reference).second, "weights");
  });
}

TEST_P(Cuda, AveragesAndCopiesAsTheReferenceDoes) {
  for_seeds(50, [](const Device& reference, const Device& device, RandomCase& random) {
    const int count = 1 + static_cast<int>(random.below(9));
    const std::int64_t n = random.length();
    const auto x = random.rows(count, n, random.kind());
    const auto run = [&](const Device& d) {
      Rows<float> in(d, x), copies(d, count, n);
      average(d, count, n, in.read(), in.all().data);
      broadcast_copy(d, count, n, in.read().data, copies.all());
      scale(d, n, 1.0F / 3, copies.all().data);
      d.wait();
      return std::pair(in.host(), copies.host());
    };
    expect_same(run(device).first, run(reference).first, "mean");
    expect_same(run(device).second, run(reference).second, "copies");
  });
}

INSTANTIATE_TEST_SUITE_P(Backends, Cuda, testing::Values(Backend::cpu, Backend::cuda), backend_label);

}  // namespace
}  // namespace syncline::kernels
