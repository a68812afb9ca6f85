#include "network/collectives/phases.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "network/collectives/chunk.h"

namespace syncline::network {
namespace {

/// Its step is the one after the last that it waits for.
int append(Schedule& schedule, Transfer transfer) {
  for (const int earlier : transfer.after) {
    transfer.step = std::max(transfer.step, schedule.transfers[static_cast<std::size_t>(earlier)].step + 1);
  }
  schedule.transfers.push_back(std::move(transfer));
  return static_cast<int>(schedule.transfers.size()) - 1;
}

std::vector<int>& of(Ready& ready, int rank) { return ready[static_cast<std::size_t>(rank)]; }

/// All elements, once both ranks have done with what came before.
void append_whole(Schedule& schedule, Ready& ready, int from, int to, bool reduce) {
  std::vector<int> after = of(ready, from);
  after.insert(after.end(), of(ready, to).begin(), of(ready, to).end());
  std::sort(after.begin(), after.end());
  after.erase(std::unique(after.begin(), after.end()), after.end());
  const int index = append(schedule, {from, to, 0, schedule.elements, reduce, 0, std::move(after)});
  of(ready, from) = of(ready, to) = {index};
}

}  // namespace

void append_ring(Schedule& schedule, Ready& ready, const std::vector<int>& members, int shift, bool reduce) {
  const int m = static_cast<int>(members.size());
  for (int s = 0; s < m - 1; ++s) {
    Ready now(ready.size());
    for (int i = 0; i < m; ++i) {
      const int from = members[static_cast<std::size_t>(i)];
      const int to = members[static_cast<std::size_t>((i + 1) % m)];
      const Chunk chunk(schedule.elements, m, (i + shift - s + 2 * m) % m);
      const int index = append(schedule, {from, to, chunk.begin, chunk.count, reduce, 0, of(ready, from)});
      of(now, from).push_back(index);
      of(now, to).push_back(index);
    }
    for (const int member : members) of(ready, member) = std::move(of(now, member));
  }
}

void append_tree_reduce(Schedule& schedule, Ready& ready, const std::vector<int>& members) {
  const std::size_t m = members.size();
  for (std::size_t distance = 1; distance < m; distance *= 2) {
    for (std::size_t i = 0; i + distance < m; i += 2 * distance) {
      append_whole(schedule, ready, members[i + distance], members[i], true);
    }
  }
}

void append_tree_broadcast(Schedule& schedule, Ready& ready, const std::vector<int>& members) {
  const std::size_t m = members.size();
  for (std::size_t distance = std::bit_ceil(m) / 2; distance > 0; distance /= 2) {
    for (std::size_t i = 0; i + distance < m; i += 2 * distance) {
      append_whole(schedule, ready, members[i], members[i + distance], false);
    }
  }
}

int tree_depth(int members) { return std::bit_width(static_cast<unsigned>(members - 1)); }

std::int64_t ring_all_reduce_elements(std::int64_t elements, int members, int i) {
  if (members == 1) return 0;
  return 2 * elements - Chunk(elements, members, i).count - Chunk(elements, members, (i + 1) % members).count;
}

std::vector<int> all_ranks(int ranks) {
  std::vector<int> result(static_cast<std::size_t>(ranks));
  std::iota(result.begin(), result.end(), 0);
  return result;
}

}  // namespace syncline::network
