// Which worker owns which training samples. Every sample belongs to exactly one worker, and every worker has one at least.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/random.h"

namespace syncline::models {

using Shards = std::vector<std::vector<std::int32_t>>;  // [worker][sample]: indices into the split

/// A random permutation cut into `workers` parts whose sizes differ by one at most. UserError where workers < 1 or
/// workers > samples.
Shards iid_shards(std::int64_t samples, int workers, sim::RandomStream& random);

/// Non-IID: for each class the shares of the workers are drawn from a symmetric Dirichlet(alpha) (Hsu, Qi, Brown 2019,
/// arXiv:1909.06335); small alpha gives each worker few classes. A worker left with nothing takes one sample from the largest
/// shard. UserError as above, and where alpha is not a positive finite number.
Shards dirichlet_shards(std::span<const std::uint8_t> labels, int classes, int workers, double alpha, sim::RandomStream& random);

}  // namespace syncline::models
