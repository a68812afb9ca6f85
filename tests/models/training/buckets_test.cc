#include <gtest/gtest.h>

#include "models/training/buckets.h"

namespace syncline::models {
namespace {

/// Layers of one tensor each, of the given numbers of elements.
Dnn dnn_of(const std::vector<std::int64_t>& sizes) {
  Dnn dnn;
  for (const std::int64_t size : sizes) {
    Layer layer;
    layer.parameters.push_back({"weight", {size}});
    dnn.layers.push_back(layer);
  }
  return dnn;
}

double fp32_bytes(const TensorPlace& place) { return 4.0 * static_cast<double>(place.elements()); }

std::vector<std::int64_t> sizes_of(const std::vector<Bucket>& buckets) {
  std::vector<std::int64_t> sizes;
  for (const Bucket& bucket : buckets) sizes.push_back(bucket.elements());
  return sizes;
}

// Reverse registration order; the tensor that reaches the limit closes the bucket and stays in it, as in PyTorch.
TEST(Buckets, FollowPyTorchsRule) {
  const Dnn dnn = dnn_of({100, 10, 20, 30, 5});
  EXPECT_EQ(sizes_of(fused_buckets(dnn, Bytes(20), Bytes(160), fp32_bytes)), (std::vector<std::int64_t>{5, 50, 110}));
  EXPECT_EQ(sizes_of(fused_buckets(dnn, Bytes(21), Bytes(160), fp32_bytes)), (std::vector<std::int64_t>{35, 130}));
}

TEST(Buckets, CoverEveryElementAndLayerOnce) {
  Dnn dnn = model("lenet").make({1, 28, 28, 10});
  for (const auto& buckets :
       {bucket_per_tensor(dnn), single_bucket(dnn), fused_buckets(dnn, Bytes(1000), Bytes(40000), fp32_bytes)}) {
    std::int64_t end = dnn.parameter_count();
    int next_layer = static_cast<int>(dnn.layers.size()) - 1;
    for (const Bucket& bucket : buckets) {
      EXPECT_EQ(bucket.end, end);
      EXPECT_GT(bucket.elements(), 0);
      end = bucket.begin;
      EXPECT_LE(bucket.first_layer, next_layer);
      if (bucket.first_layer >= bucket.last_layer) {
        EXPECT_EQ(bucket.first_layer, next_layer);
        next_layer = bucket.last_layer - 1;
      }
      for (const TensorPlace& tensor : bucket.tensors) EXPECT_GE(tensor.layer, next_layer + 1) << "sent before it is made";
    }
    EXPECT_EQ(end, 0);
  }
  EXPECT_EQ(bucket_per_tensor(dnn).size(), dnn.parameters().size());
  EXPECT_EQ(single_bucket(dnn).size(), 1U);
}

}  // namespace
}  // namespace syncline::models
