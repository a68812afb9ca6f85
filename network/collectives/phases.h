// What collectives are made of: rings and binomial trees over some of the ranks.
//
// Ranks go in steps, as MPI's and Gloo's implementations do: a rank begins its next transfer when those of its last step have
// arrived. `Ready` carries that from phase to phase.
#pragma once

#include <vector>

#include "network/collectives/schedule.h"

namespace syncline::network {

/// [rank] the transfers of the rank's last step: what it does next waits for them.
using Ready = std::vector<std::vector<int>>;

/// m - 1 steps over the m `members`, each sending to the next: at step s member i sends chunk (i + shift - s) mod m of m.
/// With reduce and shift -1, member i ends with the sum of chunk i; without and with shift 0, who had chunk i each has them all.
void append_ring(Schedule& schedule, Ready& ready, const std::vector<int>& members, int shift, bool reduce);

/// Sums all elements of the members into the first, in tree_depth(m) steps.
void append_tree_reduce(Schedule& schedule, Ready& ready, const std::vector<int>& members);

/// Copies all elements of the first member to the others, in tree_depth(m) steps.
void append_tree_broadcast(Schedule& schedule, Ready& ready, const std::vector<int>& members);

/// ceil(log2(members)): steps of a binomial tree.
int tree_depth(int members);

/// Elements that member i of a ring all-reduce sends: all but chunk i in the first half, all but chunk i + 1 in the second.
std::int64_t ring_all_reduce_elements(std::int64_t elements, int members, int i);

/// 0, 1, ..., ranks - 1
std::vector<int> all_ranks(int ranks);

}  // namespace syncline::network
