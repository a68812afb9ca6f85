#include "models/training/schedulers/merging.h"

#include <algorithm>
#include <limits>

namespace syncline::models {

double end_of(const MergingProblem& problem, const Merging& merging) {
  double end = 0;
  std::size_t first = 0;
  for (const std::size_t last : merging) {
    double bytes = 0;
    for (std::size_t i = first; i < last; ++i) bytes += problem.bytes[i];
    end = std::max(end, problem.ready[last - 1]) + problem.a + problem.b * bytes;
    first = last;
  }
  return end;
}

Merging optimal_merging(const MergingProblem& problem) {
  const std::size_t n = problem.ready.size();
  std::vector<double> bytes_before(n + 1, 0);
  for (std::size_t i = 0; i < n; ++i) bytes_before[i + 1] = bytes_before[i] + problem.bytes[i];

  std::vector<double> end(n + 1, 0);               // [j] of the first j gradients
  std::vector<std::size_t> groups(n + 1, 0);       // [j] in the best way
  std::vector<std::size_t> last_begins(n + 1, 0);  // [j] the last of them
  for (std::size_t j = 1; j <= n; ++j) {
    end[j] = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < j; ++i) {
      const double bytes = bytes_before[j] - bytes_before[i];
      const double candidate = std::max(end[i], problem.ready[j - 1]) + problem.a + problem.b * bytes;
      if (candidate < end[j] || (candidate == end[j] && groups[i] + 1 < groups[j])) {
        end[j] = candidate;
        groups[j] = groups[i] + 1;
        last_begins[j] = i;
      }
    }
  }

  Merging merging;
  for (std::size_t j = n; j > 0; j = last_begins[j]) merging.push_back(j);
  std::ranges::reverse(merging);
  return merging;
}

Merging greedy_merging(const MergingProblem& problem, double least_bytes) {
  const std::size_t n = problem.ready.size();
  Merging merging;
  double free = 0, bytes = 0;  // when the groups so far have been reduced; of the group that is open
  for (std::size_t i = 0; i < n; ++i) {
    bytes += problem.bytes[i];
    const double start = std::max(free, problem.ready[i]);
    if (i + 1 < n && (problem.ready[i + 1] < start + problem.a || bytes < least_bytes)) continue;
    merging.push_back(i + 1);
    free = start + problem.a + problem.b * bytes;
    bytes = 0;
  }
  return merging;
}

}  // namespace syncline::models
