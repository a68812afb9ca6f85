#include "kernels/gather_batch/gather_batch.h"

#include <gmock/gmock.h>

#include "tests/kernels/backend_cases.h"

namespace syncline::kernels {
namespace {

using testing::ElementsAre;

struct Gathered {
  std::vector<float> x;
  std::vector<std::uint8_t> labels;
};

Gathered gather(const Device& device, const std::vector<float>& images, const std::vector<std::uint8_t>& labels,
                Replicas replicas, const std::vector<std::int32_t>& indices) {
  Buffer<float> all(device, images.size());
  Buffer<std::uint8_t> all_labels(device, labels.size()), own_labels(device, indices.size());
  Buffer<std::int32_t> chosen(device, indices.size());
  all.upload(images);
  all_labels.upload(labels);
  chosen.upload(indices);
  const auto features = static_cast<std::int64_t>(images.size() / labels.size());
  Rows<float> x(device, replicas.count, features * replicas.batch);
  gather_batch(device, {all.data(), all_labels.data(), features}, replicas, chosen.data(), x.all(), own_labels.data());
  return {x.host(), own_labels.download()};
}

TEST(GatherBatch, PutsSamplesFastest) {
  const Gathered gathered = gather(Device::open(Backend::reference), {1, 2, 3, 4, 5, 6}, {7, 8, 9}, {1, 2}, {2, 0});
  EXPECT_THAT(std::vector<float>(gathered.x.begin(), gathered.x.begin() + 4), ElementsAre(5, 1, 6, 2));
  EXPECT_THAT(gathered.labels, ElementsAre(9, 7));
}

class GatherBatchBackends : public AgainstReference {};

TEST_P(GatherBatchBackends, AreWhatTheReferenceSays) {
  for_seeds(60, [](const Device& reference, const Device& device, RandomCase& random) {
    static constexpr int kBatches[] = {1, 2, 31, 32, 33, 70};
    const std::int64_t features = 1 + random.below(100), samples = 1 + random.below(40);
    const Replicas replicas{1 + static_cast<int>(random.below(6)), kBatches[random.below(std::size(kBatches))]};
    const std::vector<float> images = random.values(features * samples, random.kind());
    std::vector<std::uint8_t> labels(static_cast<std::size_t>(samples));
    for (std::uint8_t& label : labels) label = static_cast<std::uint8_t>(random.below(256));
    std::vector<std::int32_t> indices(static_cast<std::size_t>(replicas.count * replicas.batch));
    for (std::int32_t& index : indices) index = static_cast<std::int32_t>(random.below(samples));
    const Gathered actual = gather(device, images, labels, replicas, indices);
    const Gathered expected = gather(reference, images, labels, replicas, indices);
    expect_same(actual.x, expected.x, "x");
    EXPECT_EQ(actual.labels, expected.labels);
  });
}

INSTANTIATE_TEST_SUITE_P(All, GatherBatchBackends, testing::Values(Backend::cpu, Backend::cuda), backend_label);

}  // namespace
}  // namespace syncline::kernels
