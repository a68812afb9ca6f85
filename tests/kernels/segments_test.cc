#include "kernels/segments/segments.h"

#include <gmock/gmock.h>

#include <array>

#include "tests/kernels/backend_cases.h"

namespace syncline::kernels {
namespace {

using testing::ElementsAre;

TEST(Segments, GoWhereTheyAreToldTo) {
  const Device device = Device::open(Backend::reference);
  Buffer<float> a(device, 6), b(device, 6), to(device, 4);
  a.upload(std::vector<float>{1, 2, 3, 4, 5, 6});
  b.upload(std::vector<float>{10, 20, 30, 40, 50, 60});
  const std::vector<Segment> two{{0, 2, 2}, {5, 0, 1}};
  add_segments(device, 1, Segments(device, two), {a.data(), 0}, {b.data(), 0}, {to.data(), 0});
  EXPECT_THAT(to.download(), ElementsAre(66, 0, 11, 22));
  copy_segments(device, 1, Segments(device, two), {a.data(), 0}, {to.data(), 0});
  EXPECT_THAT(to.download(), ElementsAre(6, 0, 1, 2));
}

class SegmentsBackends : public AgainstReference {};

TEST_P(SegmentsBackends, AreWhatTheReferenceSays) {
  for_seeds(40, [](const Device& reference, const Device& device, RandomCase& random) {
    const int count = 1 + static_cast<int>(random.below(5));
    std::vector<Segment> segments;
    std::int64_t length = 0, packed = 0;
    for (std::int64_t left = random.below(6); left > 0; --left) {  // every other one, packed in their order
      const std::int64_t elements = random.length();
      segments.push_back({length, packed, elements});
      packed += elements;
      length += elements + random.length();
    }
    const auto a = random.rows(count, length, random.kind()), b = random.rows(count, length, random.kind());
    const auto run = [&](const Device& d) {
      const Segments all(d, segments);
      std::vector<Segment> back = segments;
      for (Segment& s : back) s.to = s.from;
      Rows<float> left(d, a), right(d, b), sum(d, count, packed, -7), copy(d, count, packed, -7);
      add_segments(d, count, all, left.read(), right.read(), sum.all());
      copy_segments(d, count, all, left.read(), copy.all());
      add_segments(d, count, Segments(d, back), left.read(), right.read(), right.all());  // in place
      return std::array{sum.host(), copy.host(), right.host()};
    };
    const auto actual = run(device), expected = run(reference);
    for (std::size_t i = 0; i < expected.size(); ++i) expect_same(actual[i], expected[i], "output");
  });
}

INSTANTIATE_TEST_SUITE_P(All, SegmentsBackends, testing::Values(Backend::cpu, Backend::cuda), backend_label);

}  // namespace
}  // namespace syncline::kernels
