#pragma once

#include <cstdint>
#include <vector>

#include "models/data/shards.h"
#include "sim/random.h"

namespace syncline::models {

/// Draws each worker's batches from its shard without replacement: every sample once per pass, in an order shuffled anew for
/// each pass by the stream (seed, "batches", worker). What a worker draws depends on nothing that another does. A batch may
/// span two passes.
class Sampler {
 public:
  /// Shard i is that of worker first_worker + i, where the other workers' are elsewhere.
  Sampler(Shards shards, std::uint64_t seed, int first_worker = 0);

  /// Fills `out` with the indices of the worker's next `batch` samples (batch >= 1, any number, also above the shard's size).
  void next(int worker, int batch, std::vector<std::int32_t>& out);

  int workers() const { return static_cast<int>(shards_.size()); }

 private:
  Shards shards_;                           // [worker], each in the order of the present pass
  std::vector<std::size_t> position_;       // [worker]: samples of this pass already drawn
  std::vector<sim::RandomStream> streams_;  // [worker]
};

}  // namespace syncline::models
