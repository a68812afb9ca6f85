#include "kernels/add/add.h"

#include "tests/kernels/backend_cases.h"

namespace syncline::kernels {
namespace {

class Add : public AgainstReference {};

TEST_P(Add, IsWhatTheReferenceSays) {
  for_seeds(60, [](const Device& reference, const Device& device, RandomCase& random) {
    const int count = 1 + static_cast<int>(random.below(6));
    const std::int64_t n = random.length();
    const auto a = random.rows(count, n, random.kind()), b = random.rows(count, n, random.kind());
    const auto run = [&](const Device& d) {
      Rows<float> left(d, a), right(d, b), apart(d, count, n);
      add(d, count, n, left.read(), right.read(), apart.all());
      add(d, count, n, left.read(), right.read(), left.all());
      return std::pair(apart.host(), left.host());
    };
    expect_same(run(device).first, run(reference).first, "sum");
    expect_same(run(device).second, run(reference).second, "sum in place");
  });
}

INSTANTIATE_TEST_SUITE_P(Backends, Add, testing::Values(Backend::cpu, Backend::cuda), backend_label);

}  // namespace
}  // namespace syncline::kernels
