#include "models/training/buckets.h"

#include <algorithm>
#include <limits>

namespace syncline::models {
namespace {

/// Buckets of the tensors in reverse registration order; `closes` says whether a tensor is the last of its bucket.
std::vector<Bucket> partition(const Dnn& dnn, const std::function<bool(const TensorPlace&)>& closes) {
  std::vector<TensorPlace> places = tensor_places(dnn);
  std::reverse(places.begin(), places.end());
  std::vector<Bucket> buckets;
  int next_layer = static_cast<int>(dnn.layers.size()) - 1;
  bool open = false;
  for (const TensorPlace& place : places) {
    if (!open) {
      Bucket bucket;
      bucket.index = static_cast<int>(buckets.size());
      bucket.end = place.begin + place.elements();
      bucket.first_layer = next_layer;
      buckets.push_back(bucket);
    }
    Bucket& bucket = buckets.back();
    bucket.begin = place.begin;
    bucket.last_layer = place.layer;
    next_layer = std::min(next_layer, place.layer - 1);
    bucket.tensors.push_back(place);
    open = !closes(place);
  }
  return buckets;
}

}  // namespace

std::int64_t TensorPlace::elements() const {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return count;
}

std::vector<TensorPlace> tensor_places(const Dnn& dnn) {
  std::vector<TensorPlace> places;
  std::int64_t begin = 0;
  for (std::size_t layer = 0; layer < dnn.layers.size(); ++layer) {
    for (const Parameter& parameter : dnn.layers[layer].parameters) {
      places.push_back({begin, parameter.shape, static_cast<int>(layer)});
      begin += parameter.elements();
    }
  }
  return places;
}

std::vector<Bucket> bucket_per_tensor(const Dnn& dnn) {
  return partition(dnn, [](const TensorPlace&) { return true; });
}

std::vector<Bucket> single_bucket(const Dnn& dnn) {
  return partition(dnn, [](const TensorPlace&) { return false; });
}

std::vector<Bucket> fused_buckets(const Dnn& dnn, Bytes first_limit, Bytes limit,
                                  const std::function<double(const TensorPlace&)>& bytes_of) {
  double held = 0;
  double cap = static_cast<double>(first_limit.count());
  return partition(dnn, [&](const TensorPlace& place) {
    held += bytes_of(place);
    if (held < cap) return false;
    held = 0;
    cap = static_cast<double>(limit.count());
    return true;
  });
}

std::vector<Bucket> partitioned(const std::vector<Bucket>& buckets, Bytes limit) {
  const std::int64_t most = std::max<std::int64_t>(1, limit.count() / 4);
  std::vector<Bucket> pieces;
  for (const Bucket& bucket : buckets) {
    const std::int64_t count = std::max<std::int64_t>(1, (bucket.elements() + most - 1) / most);
    for (std::int64_t i = count; i > 0; --i) {
      Bucket piece = bucket;
      piece.index = static_cast<int>(pieces.size());
      piece.begin = bucket.begin + bucket.elements() * (i - 1) / count;
      piece.end = bucket.begin + bucket.elements() * i / count;
      piece.tensors = {{piece.begin, {piece.elements()}, bucket.layer()}};
      if (i < count) piece.first_layer = piece.last_layer - 1;  // the first piece's backward makes them all
      pieces.push_back(std::move(piece));
    }
  }
  return pieces;
}

Bucket merged(const std::vector<Bucket>& buckets, std::size_t first, std::size_t last) {
  Bucket whole = buckets[first];
  for (std::size_t i = first + 1; i < last; ++i) {
    whole.begin = buckets[i].begin;
    whole.last_layer = buckets[i].last_layer;
    whole.tensors.insert(whole.tensors.end(), buckets[i].tensors.begin(), buckets[i].tensors.end());
  }
  return whole;
}

}  // namespace syncline::models
