#include "models/data/shards.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "sim/error.h"

namespace syncline::models {
namespace {

void check(std::int64_t samples, int workers) {
  if (workers < 1) throw UserError("there must be one worker at least, not " + std::to_string(workers));
  if (workers > samples) {
    throw UserError("only " + std::to_string(samples) + " training samples for " + std::to_string(workers) + " workers");
  }
  SYNCLINE_CHECK(samples <= std::numeric_limits<std::int32_t>::max(), "more samples than an index can tell");
}

// Shares that sum to 1: independent gamma(alpha) variates over their sum. With a very small alpha all of them may underflow
// to 0; the limit of the distribution then gives everything to one worker.
std::vector<double> dirichlet(int workers, double alpha, sim::RandomStream& random) {
  std::vector<double> share(static_cast<std::size_t>(workers));
  for (double& s : share) s = random.gamma(alpha);
  if (!(std::ranges::max(share) > 0)) share[random.below(share.size())] = 1;
  const double sum = std::accumulate(share.begin(), share.end(), 0.0);
  for (double& s : share) s /= sum;
  return share;
}

// Deals one class's samples to the workers by their shares.
void deal(std::span<const std::int32_t> samples, std::span<const double> share, Shards& shards) {
  double upto = 0;
  std::size_t begin = 0;
  for (std::size_t worker = 0; worker < shards.size(); ++worker) {
    upto += share[worker];
    const bool last = worker + 1 == shards.size();  // takes the rest, whatever rounding made of the sum
    const auto rounded = static_cast<std::size_t>(std::llround(upto * static_cast<double>(samples.size())));
    const std::size_t end = last ? samples.size() : std::clamp(rounded, begin, samples.size());
    const auto part = samples.subspan(begin, end - begin);
    shards[worker].insert(shards[worker].end(), part.begin(), part.end());
    begin = end;
  }
}

void fill_empty(Shards& shards) {
  for (std::vector<std::int32_t>& shard : shards) {
    if (!shard.empty()) continue;
    std::vector<std::int32_t>& largest = *std::ranges::max_element(shards, {}, [](const auto& s) { return s.size(); });
    shard.push_back(largest.back());
    largest.pop_back();
  }
}

}  // namespace

Shards iid_shards(std::int64_t samples, int workers, sim::RandomStream& random) {
  check(samples, workers);
  std::vector<std::int32_t> order(static_cast<std::size_t>(samples));
  std::iota(order.begin(), order.end(), 0);
  random.shuffle(std::span<std::int32_t>(order));
  Shards shards;
  const auto cut = [&](std::int64_t worker) { return order.begin() + worker * samples / workers; };
  for (std::int64_t worker = 0; worker < workers; ++worker) shards.emplace_back(cut(worker), cut(worker + 1));
  return shards;
}

Shards dirichlet_shards(std::span<const std::uint8_t> labels, int classes, int workers, double alpha, sim::RandomStream& random) {
  check(static_cast<std::int64_t>(labels.size()), workers);
  if (!(alpha > 0 && std::isfinite(alpha))) throw UserError("the Dirichlet alpha must be a positive finite number");
  std::vector<std::vector<std::int32_t>> of_class(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    SYNCLINE_CHECK(labels[i] < classes, "a label that is no class");
    of_class[labels[i]].push_back(static_cast<std::int32_t>(i));
  }
  Shards shards(static_cast<std::size_t>(workers));
  for (std::vector<std::int32_t>& samples : of_class) {
    random.shuffle(std::span<std::int32_t>(samples));
    deal(samples, dirichlet(workers, alpha, random), shards);
  }
  fill_empty(shards);
  return shards;
}

}  // namespace syncline::models
