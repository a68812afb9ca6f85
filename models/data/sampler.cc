#include "models/data/sampler.h"

#include <algorithm>
#include <span>

#include "sim/error.h"

namespace syncline::models {

Sampler::Sampler(Shards shards, std::uint64_t seed, int first_worker) : shards_(std::move(shards)) {
  for (std::size_t worker = 0; worker < shards_.size(); ++worker) {
    SYNCLINE_CHECK(!shards_[worker].empty(), "a worker without samples");
    position_.push_back(shards_[worker].size());  // the first draw begins a pass
    streams_.emplace_back(seed, "batches", static_cast<std::uint64_t>(first_worker) + worker);
  }
}

void Sampler::next(int worker, int batch, std::vector<std::int32_t>& out) {
  SYNCLINE_CHECK(batch >= 1 && worker >= 0 && worker < workers(), "a batch that nobody can draw");
  const std::size_t w = static_cast<std::size_t>(worker);
  std::vector<std::int32_t>& shard = shards_[w];
  std::size_t& position = position_[w];
  out.clear();
  while (out.size() < static_cast<std::size_t>(batch)) {
    if (position == shard.size()) {
      streams_[w].shuffle(std::span<std::int32_t>(shard));
      position = 0;
    }
    const std::size_t count = std::min(static_cast<std::size_t>(batch) - out.size(), shard.size() - position);
    const auto begin = shard.begin() + static_cast<std::ptrdiff_t>(position);
    out.insert(out.end(), begin, begin + static_cast<std::ptrdiff_t>(count));
    position += count;
  }
}

}  // namespace syncline::models
