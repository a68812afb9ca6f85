// What collectives are made of: the steps of rings and binomial trees over m members, who are named by their index. Where members
// are not the ranks 0 to m - 1, `rename` tells who they are.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "network/collectives/chunk.h"
#include "network/collectives/schedule.h"

namespace syncline::network {

/// Step s of m - 1, in which each member sends to the next: member i sends chunk (i + shift - s) mod m, shift -1 or 0. With
/// reduce and shift -1, member i ends with the sum of chunk i; without and with shift 0, who had chunk i each has them all.
void add_ring_step(Moves& moves, const Chunks& chunks, int m, int i, int s, int shift, bool reduce);

/// All of those steps, of all ranks. Shift and reduce as above.
Schedule ring_schedule(const ScheduleRequest& request, int shift, bool reduce);

/// Seconds of its n - 1 steps on equal links.
double ring_seconds(const ScheduleRequest& request, double alpha, double elements_per_second);

/// Step s of 2(m - 1) of a ring all-reduce: sums go around, then they are handed out.
void add_ring_all_reduce_step(Moves& moves, const Chunks& chunks, int m, int i, int s);

/// Step s of tree_depth(m), after which member 0 has the sum of all `elements`.
void add_tree_reduce_step(Moves& moves, std::int64_t elements, int m, int i, int s);

/// Step s of tree_depth(m), after which all have what member 0 had.
void add_tree_broadcast_step(Moves& moves, std::int64_t elements, int m, int i, int s);

/// Peers that are indices into `members` become what lies there.
void rename(Moves& moves, std::span<const int> members);

/// Peers that are counted from the root become ranks of n.
void count_from(Moves& moves, int root, int n);

/// Elements that are not in the root's own chunk.
std::int64_t all_but_roots(const ScheduleRequest& request);

/// [machine] its ranks, in order; machines in the order of their first ranks.
std::vector<std::vector<int>> machines_of(const ScheduleRequest& request);

/// What the busiest of n ranks sends: the greatest of sent(0) to sent(n - 1).
template <class Function>
std::int64_t busiest(int n, Function&& sent) {
  std::int64_t most = 0;
  for (int rank = 0; rank < n; ++rank) most = std::max(most, sent(rank));
  return most;
}

/// ceil(log2(members)): steps of a binomial tree.
int tree_depth(int members);

/// Elements that member i of a ring all-reduce sends: all but chunk i in the first half, all but chunk i + 1 in the second.
std::int64_t ring_all_reduce_elements(std::int64_t elements, int members, int i);

}  // namespace syncline::network
