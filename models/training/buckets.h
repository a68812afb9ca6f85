// Buckets: which gradients travel together, and when backward has them ready.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/dnn/dnn.h"
#include "sim/units.h"

namespace syncline::models {

/// One parameter tensor's place in the flat gradient (layer by layer).
struct TensorPlace {
  std::int64_t begin = 0;  // first element
  std::vector<std::int64_t> shape;
  int layer = 0;
  std::int64_t elements() const;
  std::int64_t rows() const { return shape.front(); }        // as the matrix that low-rank methods see:
  std::int64_t cols() const { return elements() / rows(); }  //   [first dimension][all the others]
};

/// A contiguous range [begin, end) of the flat gradient, exchanged as one message.
struct Bucket {
  int index = 0;  // order of exchange
  std::int64_t begin = 0, end = 0;
  int first_layer = 0, last_layer = 0;  // backward of layers first, first - 1, ..., last completes it; none where first < last
  std::vector<TensorPlace> tensors;     // in reverse order, as backward makes them
  std::int64_t elements() const { return end - begin; }
  int layer() const { return last_layer; }  // whose backward makes its last gradient
};

/// Layer by layer, which is the order of registration but for a few tensors of a few networks (Dnn::registration): PyTorch DDP
/// rebuilds its buckets in the order in which gradients are ready, so the layers' order is what counts.
std::vector<TensorPlace> tensor_places(const Dnn& dnn);

/// One bucket per tensor.
std::vector<Bucket> bucket_per_tensor(const Dnn& dnn);
/// Everything in one bucket, ready when backward has ended.
std::vector<Bucket> single_bucket(const Dnn& dnn);
/// PyTorch DDP's rule (torch/csrc/distributed/c10d/reducer.cpp, compute_bucket_assignment_by_size): tensors in reverse
/// registration order; a bucket is closed by the tensor that takes it to its limit; the first bucket has a limit of its own.
/// `bytes_of` says how many bytes a tensor puts on the wire.
std::vector<Bucket> fused_buckets(const Dnn& dnn, Bytes first_limit, Bytes limit,
                                  const std::function<double(const TensorPlace&)>& bytes_of);

/// Cut into pieces of at most `limit`, as equal as elements of 4 bytes allow; every piece is a bucket, with one flat tensor.
std::vector<Bucket> partitioned(const std::vector<Bucket>& buckets, Bytes limit);
/// Buckets first to last - 1, which follow each other, as one; numbered as the first.
Bucket merged(const std::vector<Bucket>& buckets, std::size_t first, std::size_t last);

}  // namespace syncline::models
